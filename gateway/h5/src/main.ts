import { createPinia } from 'pinia'
import { createApp } from 'vue'
import App from './App.vue'
import { bringMainPages, router } from './app/router'
import { tell } from './ui/toast'
import { errorWords } from './words/errors'
import './styles/tokens.css'
import './styles/base.css'
import './styles/frame.css'
import './styles/lists.css'
import './styles/shared.css'
import './styles/tables.css'
import './styles/paying.css'
import './styles/vant.css'

const app = createApp(App)

// A bug in a page must be seen: by the developer in full, by the person as one sentence instead of a dead button.
app.config.errorHandler = (error) => {
  console.error(error)
  tell(errorWords['page.broken']!.what)
}

app.use(createPinia()).use(router).mount('#app')
bringMainPages()
