// What the page finds outside its own modules: Vite's assets, Vue files, and the preload's keyhole.
/// <reference types="vite/client" />
declare module '*.vue' {
  import type { DefineComponent } from 'vue';
  const component: DefineComponent<object, object, unknown>;
  export default component;
}

interface Window {
  readonly workbench: import('../preload/contract/events').Keyhole;
}
