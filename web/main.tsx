// Starts the page. The first import must stay first: schemas are built when their modules load.

import './state/no-eval.ts'
import { createRoot } from 'react-dom/client'
import { App } from './components/app.tsx'
import { followLanguage } from './locales/index.ts'
import { AppSession } from './state/app-session.ts'
import { takeEntry } from './state/entry.ts'
import { followSettings } from './state/settings.ts'
import { startWorker } from './state/worker.ts'
import './styles/base.css'
import './styles/controls.css'
import './styles/first-page.css'
import './styles/shell.css'
import './styles/chats.css'
import './styles/conversation.css'
import './styles/composer.css'
import './styles/message.css'
import './styles/panels.css'

followSettings()
startWorker()
const entry = takeEntry()
await followLanguage()
const root = document.getElementById('root')
if (root) createRoot(root).render(<App session={new AppSession()} entry={entry} />)
