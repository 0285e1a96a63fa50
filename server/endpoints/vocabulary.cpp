#include "server/endpoints/vocabulary.hpp"

#include <array>

#include "server/relay/edgertronic/file_name.hpp"
#include "server/relay/shogun/file_name.hpp"
#include "server/relay/trendnet/request.hpp"

namespace endpoints {

namespace {
using hub::EventKind;
using hub::Parameter;
using hub::Protocol;
using hub::ValueKind;
using hub::Verb;

// ---- What is done.
constexpr std::array edgertronic_trigger{
    Parameter{.name = "name", .kind = ValueKind::name},
    Parameter{.name = "verify", .kind = ValueKind::flag},
    Parameter{.name = "repeat", .kind = ValueKind::number, .lowest = 1, .highest = 3},
};
constexpr std::array shogun_start{
    Parameter{.name = "name", .kind = ValueKind::name, .required = true},
    Parameter{.name = "database_path"},
    Parameter{.name = "notes"},
    Parameter{.name = "description"},
    Parameter{.name = "delay", .kind = ValueKind::duration},
};
constexpr std::array shogun_stop{
    Parameter{.name = "name", .kind = ValueKind::name, .required = true},
    Parameter{.name = "database_path"},
    Parameter{.name = "result", .kind = ValueKind::choice, .choices = "SUCCESS FAIL CANCEL"},
    Parameter{.name = "delay", .kind = ValueKind::duration},
};
constexpr std::array shogun_complete{
    Parameter{.name = "name", .kind = ValueKind::name, .required = true},
    Parameter{.name = "database_path"},
};
constexpr std::array trendnet_move{
    Parameter{.name = "direction",
              .kind = ValueKind::choice,
              .required = true,
              .choices = "up down left right up-left up-right down-left down-right"},
    Parameter{.name = "degrees", .kind = ValueKind::number, .lowest = 1, .highest = 30},
};
constexpr std::array trendnet_preset{
    Parameter{.name = "preset", .kind = ValueKind::number, .required = true, .lowest = 0, .highest = 24},
};
constexpr std::array trendnet_set_preset{
    Parameter{.name = "preset", .kind = ValueKind::number, .required = true, .lowest = 1, .highest = 24},
    Parameter{.name = "name", .kind = ValueKind::name},
};
constexpr std::array trendnet_clear_preset{
    Parameter{.name = "preset", .kind = ValueKind::number, .required = true, .lowest = 1, .highest = 24},
};
constexpr std::array trendnet_goto{
    Parameter{.name = "pan", .kind = ValueKind::number, .highest = 999},
    Parameter{.name = "tilt", .kind = ValueKind::number, .highest = 999},
    Parameter{.name = "preset", .kind = ValueKind::number, .highest = 24},
};
constexpr std::array trendnet_swing{
    Parameter{.name = "mode", .kind = ValueKind::choice, .required = true, .choices = "stop horizontal presets"},
};
constexpr std::array trendnet_output{
    Parameter{.name = "output", .kind = ValueKind::number, .required = true, .lowest = 1, .highest = 2},
    Parameter{.name = "on", .kind = ValueKind::flag, .required = true},
};
constexpr std::array trendnet_upload{
    Parameter{.name = "image", .kind = ValueKind::flag},
    Parameter{.name = "email", .kind = ValueKind::flag},
};
constexpr std::array trendnet_record{
    Parameter{.name = "duration", .kind = ValueKind::duration, .required = true},
};
constexpr std::array dualcam_capture{
    Parameter{.name = "kind", .kind = ValueKind::choice, .choices = "video photo"},
    Parameter{.name = "cameras", .kind = ValueKind::choice, .choices = "front rear both"},
    Parameter{.name = "before", .kind = ValueKind::duration},
    Parameter{.name = "after", .kind = ValueKind::duration},
    Parameter{.name = "imei"},
};
constexpr std::array mavlink_shoot{
    Parameter{.name = "camera"},  // of a node: "1/100"; none: every one that is there
    Parameter{.name = "count", .kind = ValueKind::number, .lowest = 1, .highest = 10'000},
    Parameter{.name = "interval", .kind = ValueKind::duration},
};
constexpr std::array mavlink_zoom{
    Parameter{.name = "camera"},
    Parameter{.name = "percent", .kind = ValueKind::number, .required = true, .highest = 100},
};
constexpr std::array mavlink_focus{
    Parameter{.name = "camera"},
    Parameter{.name = "percent", .kind = ValueKind::number, .highest = 100},  // none: by itself
};
constexpr std::array mavlink_plain{
    Parameter{.name = "camera"},
};
constexpr std::array mavlink_mode{
    Parameter{.name = "camera"},
    Parameter{.name = "mode", .kind = ValueKind::choice, .required = true, .choices = "image video survey"},
};
constexpr std::array webhook_post{
    Parameter{.name = "text"},
};

std::string edgertronic_name(std::string_view text) {
  return edgertronic::sanitise(text);
}

std::string preset_name(std::string_view text) {
  return trendnet::preset_name(text, 1);
}

constexpr std::array verbs{
    Verb{Protocol::edgertronic, "trigger", edgertronic_trigger, "trigger", edgertronic_name},
    Verb{Protocol::shogun, "start", shogun_start, "start", shogun::sanitise_name},
    Verb{Protocol::shogun, "stop", shogun_stop, "stop", shogun::sanitise_name},
    Verb{Protocol::shogun, "complete", shogun_complete, "complete", shogun::sanitise_name},
    Verb{Protocol::trendnet, "move", trendnet_move},
    Verb{Protocol::trendnet, "home", {}},
    Verb{Protocol::trendnet, "preset", trendnet_preset},
    Verb{Protocol::trendnet, "set_preset", trendnet_set_preset, {}, preset_name},
    Verb{Protocol::trendnet, "clear_preset", trendnet_clear_preset},
    Verb{Protocol::trendnet, "goto", trendnet_goto},
    Verb{Protocol::trendnet, "return", {}},
    Verb{Protocol::trendnet, "swing", trendnet_swing},
    Verb{Protocol::trendnet, "output", trendnet_output},
    Verb{Protocol::trendnet, "upload", trendnet_upload},
    Verb{Protocol::trendnet, "snapshot", {}},
    Verb{Protocol::trendnet, "record", trendnet_record},
    Verb{Protocol::dualcam, "capture", dualcam_capture},
    Verb{Protocol::webhook, "post", webhook_post},
    Verb{Protocol::mavlink, "shoot", mavlink_shoot},
    Verb{Protocol::mavlink, "stop", mavlink_plain},
    Verb{Protocol::mavlink, "start_video", mavlink_plain},
    Verb{Protocol::mavlink, "stop_video", mavlink_plain},
    Verb{Protocol::mavlink, "zoom", mavlink_zoom},
    Verb{Protocol::mavlink, "focus", mavlink_focus},
    Verb{Protocol::mavlink, "mode", mavlink_mode},
};

// ---- What is heard.
constexpr std::array<std::string_view, 1> trigger_fields{"name"};
constexpr std::array<std::string_view, 13> shogun_fields{
    "name",     "notes",  "description", "database_path", "delay",      "packet_id",   "result",
    "timecode", "frames", "flavour",     "host_name",     "process_id", "session_name"};
constexpr std::array<std::string_view, 3> position_fields{"pan", "tilt", "io"};
constexpr std::array<std::string_view, 5> device_fields{"imei", "value", "name", "latitude", "longitude"};
constexpr std::array<std::string_view, 5> stored_fields{"imei", "camera", "kind", "trigger", "media_id"};
constexpr std::array<std::string_view, 15> shot_fields{"may_command", "sign",        "system", "component", "camera",
                                                       "sequence",    "image_index", "url",    "latitude",  "longitude",
                                                       "altitude",    "time",        "result", "sender",    "target"};
constexpr std::array<std::string_view, 4> camera_fields{"system", "component", "camera", "model"};
// Events by hand have whatever fields and kind they are given.
constexpr std::array<std::string_view, 1> any_fields{"*"};

constexpr std::array kinds{
    EventKind{Protocol::edgertronic, "trigger", trigger_fields},
    EventKind{Protocol::shogun, "start", shogun_fields},
    EventKind{Protocol::shogun, "stop", shogun_fields},
    EventKind{Protocol::shogun, "complete", shogun_fields},
    EventKind{Protocol::shogun, "start_again", shogun_fields, true},
    EventKind{Protocol::shogun, "stop_again", shogun_fields, true},
    EventKind{Protocol::shogun, "timecode_start", shogun_fields, true},
    EventKind{Protocol::shogun, "timecode_stop", shogun_fields, true},
    EventKind{Protocol::shogun, "duration_stop", shogun_fields, true},
    EventKind{Protocol::trendnet, "online", {}},
    EventKind{Protocol::trendnet, "offline", {}},
    EventKind{Protocol::trendnet, "io", position_fields},
    EventKind{Protocol::dualcam, "sos", device_fields},
    EventKind{Protocol::dualcam, "front_camera", device_fields},
    EventKind{Protocol::dualcam, "rear_camera", device_fields},
    EventKind{Protocol::dualcam, "stored", stored_fields},
    // Once for a shot, whatever its first sign is; each sign by itself only for rules that name it.
    EventKind{Protocol::mavlink, "shot", shot_fields},
    EventKind{Protocol::mavlink, "command", shot_fields, true},
    EventKind{Protocol::mavlink, "trigger", shot_fields, true},
    EventKind{Protocol::mavlink, "captured", shot_fields, true},
    EventKind{Protocol::mavlink, "feedback", shot_fields, true},
    EventKind{Protocol::mavlink, "video_start", shot_fields},
    EventKind{Protocol::mavlink, "video_stop", shot_fields},
    EventKind{Protocol::mavlink, "online", camera_fields},
    EventKind{Protocol::mavlink, "offline", camera_fields},
    EventKind{Protocol::api, "*", any_fields},
};
}  // namespace

const hub::Vocabulary& vocabulary() {
  static const hub::Vocabulary all(verbs, kinds);
  return all;
}

}  // namespace endpoints
