// The storm petrel over the water: the mark of the product.

export function Bird() {
  return (
    <svg className="bird" viewBox="0 0 64 64" aria-hidden="true" focusable="false">
      <path
        className="bird-body"
        d="M6 25c9-5 17-4 23 4 3-9 11-16 29-17-9 4-15 10-18 18 5 1 9 3 12 6-6-1-11-1-15 1-4 7-12 10-21 7 5-1 9-3 11-7-5-6-12-10-21-12z"
      />
      <path className="bird-water" d="M8 54c6-4 11-4 16 0s10 4 16 0 10-4 16 0" />
    </svg>
  )
}
