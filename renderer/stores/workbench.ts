// The frame: session, room, theme, panels. In: what main says at the start and by event. Out: what is open and where.
import { defineStore } from 'pinia';
import { computed, shallowRef } from 'vue';
import type { JobView, SampleView, SessionView, StartView } from '../../preload/contract/views';
import { call } from '../bridge';
import { isFlag, remember } from '../parts/memory';
import { useJobs } from './jobs';
import { useNetwork } from './network';

export type Room = 'import' | 'quantise' | 'golden' | 'plan' | 'estimate' | 'simulate' | 'compare' | 'export';
export type Theme = StartView['theme'];
export type PanelTab = 'jobs' | 'log' | 'problems';

export const useWorkbench = defineStore('workbench', () => {
  const start = shallowRef<StartView | null>(null);
  const session = shallowRef<SessionView | null>(null);
  const room = shallowRef<Room>('import');
  const theme = shallowRef<Theme>('system');
  // Closed to its tabs until a person decides, or a job takes long (start.ts).
  const panelChosen = remember<boolean | null>('panel', null, isFlag);
  const panelOffered = shallowRef(false);
  const panel = computed({
    get: () => panelChosen.value ?? panelOffered.value,
    set: (open) => (panelChosen.value = open),
  });
  const tab = shallowRef<PanelTab>('jobs');
  // Golden begins without the inspector: there the values are what is looked at.
  const inspectorOffered = shallowRef(false); // by pointing at an element, until a person decides
  const inspectors = {
    import: remember('inspector.import', true, isFlag),
    quantise: remember('inspector.quantise', false, isFlag),
    golden: remember<boolean | null>('inspector.golden', null, isFlag),
    plan: remember('inspector.plan', true, isFlag),
    estimate: remember('inspector.estimate', true, isFlag),
    simulate: remember('inspector.simulate', false, isFlag),
    compare: remember('inspector.compare', false, isFlag),
    export: remember('inspector.export', false, isFlag),
  };
  const inspector = computed({
    get: () => inspectors[room.value].value ?? inspectorOffered.value,
    set: (open) => (inspectors[room.value].value = open),
  });
  const palette = shallowRef<'actions' | 'goto' | null>(null);
  const sheet = shallowRef(false);
  const systemDark = shallowRef(matchMedia('(prefers-color-scheme: dark)').matches);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', (event) => (systemDark.value = event.matches));

  const shade = computed<'dark' | 'light'>(() =>
    theme.value === 'system' ? (systemDark.value ? 'dark' : 'light') : theme.value,
  );
  /** The shipped sample the open network is, if it is one: it knows class names and inputs. */
  const sample = computed(
    (): SampleView | null => start.value?.samples.find((s) => s.networkSha256 === useNetwork().current?.sha256) ?? null,
  );

  // Ids of networks and runs mean something in one session only, and a job does not name its own: jobs up to this one
  // were another session's.
  const foreign = shallowRef(0);
  function enter(next: SessionView): void {
    foreign.value = Math.max(foreign.value, ...useJobs().jobs.map((job) => job.id));
    session.value = next;
  }
  const isOwn = (job: JobView): boolean => job.id > foreign.value;

  function open(view: StartView): void {
    start.value = view;
    theme.value = view.theme;
    session.value = view.session;
  }
  async function setTheme(next: Theme): Promise<void> {
    theme.value = next;
    await call('app.setTheme', { theme: next });
  }
  /** Opens the panel where nobody has decided. */
  function offerPanel(): void {
    panelOffered.value = true;
  }
  /** Opens Golden's inspector where nobody has decided: there is something to tell. */
  function offerInspector(): void {
    inspectorOffered.value = true;
  }
  function showPanel(which: PanelTab): void {
    panel.value = true;
    tab.value = which;
  }

  return {
    start,
    session,
    room,
    theme,
    shade,
    sample,
    panel,
    tab,
    inspector,
    palette,
    sheet,
    open,
    enter,
    isOwn,
    setTheme,
    offerPanel,
    offerInspector,
    showPanel,
  };
});
