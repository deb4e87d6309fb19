// The sound of a new message: two short notes, made on the spot. Browsers allow it once somebody has touched the page.

let context: AudioContext | undefined
const notes = [
  { hz: 880, atS: 0 },
  { hz: 1_320, atS: 0.09 },
] as const
const noteS = 0.16
const loudness = 0.08

/** Never throws; silent where the browser does not allow sounds yet. */
export function playSound(): void {
  try {
    context ??= new AudioContext()
    // Asked for without a touch it stays suspended; what was scheduled would then sound much later.
    if (context.state === 'suspended') {
      void context.resume().catch(() => undefined)
      return
    }
    for (const { hz, atS } of notes) play(context, hz, context.currentTime + atS)
  } catch {
    // No device to play it.
  }
}

function play(on: AudioContext, hz: number, at: number): void {
  const tone = on.createOscillator()
  const volume = on.createGain()
  tone.frequency.value = hz
  volume.gain.setValueAtTime(0, at)
  volume.gain.linearRampToValueAtTime(loudness, at + 0.01)
  volume.gain.exponentialRampToValueAtTime(0.000_1, at + noteS)
  tone.connect(volume).connect(on.destination)
  tone.start(at)
  tone.stop(at + noteS)
}
