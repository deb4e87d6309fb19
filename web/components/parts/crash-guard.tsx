// Shows a way out when a part of the page breaks, instead of an empty window; the other parts go on. React offers this to
// classes only.

import { Component, type ReactNode } from 'react'
import { text } from '../../locales/index.ts'

interface Props {
  children: ReactNode
}

export class CrashGuard extends Component<Props, { broken: boolean }> {
  override state = { broken: false }

  static getDerivedStateFromError() {
    return { broken: true }
  }

  override render() {
    if (!this.state.broken) return this.props.children
    return (
      <div className="crash" role="alert" data-testid="error">
        <p>{text.crashed}</p>
        <div className="form-buttons">
          <button
            type="button"
            className="secondary"
            onClick={() => this.setState({ broken: false })}
          >
            {text.again}
          </button>
          <button type="button" className="primary" onClick={() => location.reload()}>
            {text.reload}
          </button>
        </div>
      </div>
    )
  }
}
