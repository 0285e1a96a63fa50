// What a camera can be told, as buttons and small forms, made from the commands that the server says it takes.

const LABELS = {
  capture: 'Clip', clear_preset: 'Clear preset', complete: 'File written', focus: 'Focus', goto: 'Go to', home: 'Home',
  mode: 'Mode', move: 'Move', output: 'Output', post: 'Post', preset: 'Preset', record: 'Record', return: 'Return',
  set_preset: 'Set preset', shoot: 'Photo', snapshot: 'Photo', start: 'Start', start_video: 'Start video', stop: 'Stop',
  stop_video: 'Stop video', swing: 'Swing', trigger: 'Trigger', upload: 'Upload', zoom: 'Zoom'};
const UNITS = {percent: '%', degrees: '°'};
// Asked for now and then only: behind "More".
const RARE = new Set(['clear_preset', 'goto', 'output', 'set_preset', 'upload']);
const HINTS = {duration: '10s', name: 'name'};
const ARROWS = [['up-left', '↖'], ['up', '↑'], ['up-right', '↗'], ['left', '←'], ['home', '⌂'], ['right', '→'],
                ['down-left', '↙'], ['down', '↓'], ['down-right', '↘']];

export const labelOf = (verb, given = {}) => (given.kind === 'photo' ? 'Photo' : LABELS[verb] || verb);

function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

const words = (name) => name.charAt(0).toUpperCase() + name.slice(1).replaceAll('_', ' ');

function button(text, run, label = '') {
  const element = make('button', {type: 'button', textContent: text});
  if (label) element.setAttribute('aria-label', label);
  element.addEventListener('click', run);
  return element;
}

// A field for the value; empty: it is left out.
function fieldOf(parameter) {
  const {name, kind, required, choices, lowest, highest} = parameter;
  if (kind === 'choice' || kind === 'flag') {
    const options = (kind === 'flag' ? [['true', 'yes'], ['false', 'no']] : choices.map((choice) => [choice, choice]))
        .map(([value, textContent]) => make('option', {value, textContent}));
    if (!required) options.unshift(make('option', {value: '', textContent: 'as usual'}));
    return make('select', {name, required}, ...options);
  }
  const input = make('input', {name, required, autocomplete: 'off', spellcheck: false});
  if (kind === 'number') {
    Object.assign(input, {type: 'number', step: 1});
    if (lowest !== null) input.min = lowest;
    if (highest !== null) input.max = highest;
    if (lowest !== null) input.placeholder = `${lowest} to ${highest}`;
  } else {
    input.placeholder = HINTS[kind] || '';
  }
  return input;
}

// `brief`: one value, which its button names.
function form(command, parameters, run, brief = false) {
  const fields = parameters.map((parameter) => {
    const field = fieldOf(parameter);
    const name = `${words(parameter.name)} ${UNITS[parameter.name] || ''}`.trim();
    if (!brief) return make('label', {}, make('span', {textContent: name}), field);
    field.setAttribute('aria-label', `${labelOf(command.verb)}: ${name}`);
    if (field.placeholder) field.placeholder = `${field.placeholder.replace(' to ', '–')} ${UNITS[parameter.name] || ''}`.trim();
    return field;
  });
  const element = make('form', {className: 'command', autocomplete: 'off'}, ...fields,
      make('button', {type: 'submit', textContent: labelOf(command.verb)}));
  element.dataset.verb = command.verb;
  element.addEventListener('submit', (event) => {
    event.preventDefault();
    const given = [...new FormData(element)].filter(([, value]) => value.trim()).map(([name, value]) => [name, value.trim()]);
    run(command.verb, Object.fromEntries(given));
  });
  return element;
}

// Where it looks: eight directions around its home.
function pad(run) {
  const buttons = ARROWS.map(([direction, arrow]) => (direction === 'home'
      ? button(arrow, () => run('home', {}), 'Home')
      : button(arrow, () => run('move', {direction}), `Move ${direction.replace('-', ' and ')}`)));
  const element = make('div', {className: 'pad'}, ...buttons);
  element.setAttribute('role', 'group');
  element.setAttribute('aria-label', 'Direction');
  return element;
}

// Elements for all that `commands` say; run(verb, parameters) is called when somebody wants one.
export function controls(commands, run) {
  const quick = make('div', {className: 'quick'});
  const forms = make('div', {className: 'forms'});
  const more = make('div', {className: 'forms'});
  let turning = null;
  for (const command of commands) {
    const {verb, parameters} = command;
    const own = parameters.filter(({name}) => name !== 'camera');  // none of a node: every camera
    const needed = own.filter(({required}) => required);
    const simple = own.length === 1 ? own : needed;
    const turns = verb === 'move' || (verb === 'home' && commands.some((other) => other.verb === 'move'));
    if (verb === 'move') turning = pad(run);
    if (verb === 'capture') quick.append(button('Photo', () => run(verb, {kind: 'photo'})));
    if (!turns && !RARE.has(verb) && simple.length === 0) quick.append(button(labelOf(verb), () => run(verb, {})));
    if (!turns && !RARE.has(verb) && simple.length === 1) forms.append(form(command, simple, run, true));
    if (RARE.has(verb) || parameters.length > simple.length || simple.length > 1) more.append(form(command, parameters, run));
  }
  const all = [turning, quick, forms].filter((element) => element && element.childElementCount);
  if (more.childElementCount) all.push(make('details', {}, make('summary', {textContent: 'More commands'}), more));
  return all;
}
