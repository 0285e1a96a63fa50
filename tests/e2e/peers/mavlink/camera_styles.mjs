// How cameras in the field differ from the protocol, as tables of quirks over the well-behaved one.
export const GOOD = {
  first_component: 100,
  heartbeat_state: 4,         // MAV_STATE_ACTIVE
  hears_from: null,           // source component ids that count; null: all
  others_too: false,          // acts on commands to other components
  ack_target: true,           // COMMAND_ACK says whom it is for
  acks_unknown: true,
  command_int: true,
  unsupported: [],            // commands it says it does not know
  requests: null,             // message ids it answers a REQUEST_MESSAGE for; null: all it has
  denied_requests: [],
  acks_twice: [],
  silent_to: [],              // commands it never acknowledges
  stream_request_param: 1,    // of REQUEST_VIDEO_STREAM_INFORMATION
  zero_counts: false,         // storage_id, storage_count and the count of streams are 0
  photo_in_progress: false,   // a photo is acknowledged IN_PROGRESS, then ACCEPTED
  index_is_sequence: false,   // image_index is what the sender wrote as sequence
  rerequests: true,           // gives an old CAMERA_IMAGE_CAPTURED
  honours_intervals: true,    // of SET_MESSAGE_INTERVAL; otherwise accepts all and sends none
};

export const STYLES = {
  good: GOOD,
  // mavlink-camera-manager: video streams, and little of photos. It compares 270 with 280.
  manager: {...GOOD, first_component: 106, hears_from: [0, 190, 250], ack_target: false, unsupported: [2000, 2001],
            denied_requests: [270], acks_twice: [529], stream_request_param: 2, zero_counts: true, rerequests: false},
  // The same with an external recorder: video commands get no word.
  'manager-recorder': undefined,
  // The camera_server example of MAVSDK.
  server: {...GOOD, heartbeat_state: 0, others_too: true, acks_unknown: false, command_int: false,
           requests: [259, 262, 271], photo_in_progress: true, index_is_sequence: true, rerequests: false,
           honours_intervals: false},
};
STYLES['manager-recorder'] = {...STYLES.manager, silent_to: [2500, 2501]};
