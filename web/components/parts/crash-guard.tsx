// Shows a way out when a component breaks, instead of an empty window. React offers this to classes only.

import { Component, type ReactNode } from 'react'
import { text } from '../../locales/index.ts'

export class CrashGuard extends Component<{ children: ReactNode }, { broken: boolean }> {
  override state = { broken: false }

  static getDerivedStateFromError() {
    return { broken: true }
  }

  override render() {
    if (!this.state.broken) return this.props.children
    return (
      <main className="splash" role="alert" data-testid="error">
        <p>{text.crashed}</p>
        <button type="button" className="primary" onClick={() => location.reload()}>
          {text.reload}
        </button>
      </main>
    )
  }
}
