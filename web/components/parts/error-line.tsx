// One sentence about what went wrong, read out at once by a screen reader.

export function ErrorLine({ error }: { error: string | null }) {
  return (
    <div className="error-slot" role="alert">
      {error !== null && (
        <p className="error-line" data-testid="error">
          {error}
        </p>
      )}
    </div>
  )
}
