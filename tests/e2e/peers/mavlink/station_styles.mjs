// How ground stations in the field behave, as numbers. Times in ms; --hurry divides all but lost_ms.
const MAVSDK = {
  system: 245, component: 190,
  unset: NaN,              // what stands in parameters nobody set
  confirmation: false,     // counts repetitions in `confirmation`
  ack_ms: 500, retries: 3, request_retries: 1,
  progress_ms: 3_000,      // the wait after each IN_PROGRESS
  message_ms: 1_000,       // from the acknowledgement of a request to the message
  attempts: 5,             // of a request
  pause_ms: () => 0,       // before attempt n
  methods: ['new', 'legacy'],  // of requesting, in turns
  second: 'queue',         // a command that is in flight to this target already: queue or refuse
  identifies: 'all',       // every component; cameras: those of that type; vehicle: of those, in systems with a vehicle
  lost_ms: 3_000,
  poll: [{every_ms: 5_000, ids: [262, 261, 260, 270]}, {every_ms: 20_000, ids: [269]}],
  busy_poll: null,         // of the capture status, while it records or takes a photo
  after_mode_ms: null,     // from a change of the mode to asking for the status of the stream
  missing: {every_ms: 500, at_a_time: 3, tries: 4},  // images that were not heard of
};

const QGC = {
  ...MAVSDK, system: 255, unset: 0, confirmation: true, ack_ms: 3_000, retries: 2, request_retries: 2,
  message_ms: 3_000, attempts: 10, pause_ms: (n) => 1_000 * 2 ** (n / 2), second: 'refuse', identifies: 'vehicle',
  lost_ms: 5_000, poll: [], busy_poll: {recording_ms: 5_000, shooting_ms: 1_000}, after_mode_ms: 1_000,
  missing: null,
};

export const STYLES = {
  mavsdk: MAVSDK,
  qgc: QGC,
  legacy: {...MAVSDK, system: 255, unset: 0, methods: ['legacy']},
  // The camera driver of ArduPilot: asks every second and waits for no acknowledgement.
  ardupilot: {...MAVSDK, system: 1, component: 1, unset: 0, ack_ms: 0, retries: 0, request_retries: 0, attempts: 60,
              methods: ['new'], identifies: 'cameras', poll: [{every_ms: 1_000, ids: [262]}], missing: null},
};

export function hurried(style, times) {
  const short = (ms) => ms / times;
  return {
    ...style, ack_ms: short(style.ack_ms), progress_ms: short(style.progress_ms), message_ms: short(style.message_ms),
    pause_ms: (n) => short(style.pause_ms(n)),
    poll: style.poll.map(({every_ms, ids}) => ({every_ms: short(every_ms), ids})),
    busy_poll: style.busy_poll && {recording_ms: short(style.busy_poll.recording_ms),
                                   shooting_ms: short(style.busy_poll.shooting_ms)},
    after_mode_ms: style.after_mode_ms && short(style.after_mode_ms),
    missing: style.missing && {...style.missing, every_ms: short(style.missing.every_ms)},
  };
}
