// The page's entry. In: the keyhole `window.workbench`. Out: the mounted window. Fonts come bundled: the app is offline.
import '@fontsource-variable/inter/wght.css';
import '@fontsource/jetbrains-mono/latin-400.css';
import '@fontsource/jetbrains-mono/latin-500.css';
import '@fontsource/jetbrains-mono/latin-600.css';
import './style/tokens.css';
import './style/base.css';
import './style/frame.css';
import './style/parts.css';
import './style/graph.css';
import { createPinia } from 'pinia';
import { createApp } from 'vue';
import App from './App.vue';
import { useProblems } from './stores/problems';

const app = createApp(App).use(createPinia());

// A fault of the page is our bug: told like any other failure, never lost in a console nobody sees.
app.config.errorHandler = (error) => useProblems().add(error, 'the window');
window.addEventListener('unhandledrejection', (event) => useProblems().add(event.reason, 'the window'));

app.mount('#app');
