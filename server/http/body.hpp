// Bodies of requests. Errors are sentences for whoever sent them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/result.hpp"
#include "server/http/message.hpp"
#include "server/relay/hub/event.hpp"

namespace http {

// Whether the request says that its body is JSON.
bool is_json(const Request& request);

// The text under `name` in a JSON object.
base::Result<std::string> text_member(std::string_view body, std::string_view name);

// What a request for a capture says, before anything of it is believed: texts and numbers as they came.
struct CaptureBody {
  std::string kind;
  std::vector<std::string> cameras;
  std::optional<std::string> at;  // a time
  std::optional<std::uint32_t> duration_s;
  std::optional<std::uint32_t> resolution;
  std::optional<std::string> channel;
  std::optional<std::uint32_t> deadline_s;
  std::optional<std::string> around_event;  // an id
  std::optional<std::string> around_time;
  std::optional<std::uint32_t> before_s;
  std::optional<std::uint32_t> after_s;
};
// A member that is not known is an error, so that no typing error goes unnoticed.
base::Result<CaptureBody> capture_body(std::string_view body);

// {"text": …, "part": …}: what a device answered.
struct ReplyBody {
  std::string text;
  std::optional<std::uint32_t> part;
};
base::Result<ReplyBody> reply_body(std::string_view body);

// Values of {"fields": {…}} and {"parameters": {…}} are texts, numbers or flags; they become texts.
struct CommandBody {
  std::string verb;
  hub::Fields parameters;
};
base::Result<CommandBody> command_body(std::string_view body);

// An event by hand, or one to be tried.
struct EventBody {
  std::string kind;
  hub::Fields fields;
  std::uint32_t hops = 0;
  std::string key;
  std::string protocol;  // of one to be tried alone, like its source
  std::string source;
};
base::Result<EventBody> event_body(std::string_view body);

// {"event": {…}} or {"protocol": …, "raw": hex, "source": …}.
struct RehearsalBody {
  std::optional<EventBody> event;
  std::string protocol;
  std::string raw;
  std::string source;
};
base::Result<RehearsalBody> rehearsal_body(std::string_view body);

// {"record": "all", "until": a time}
struct RecordingBody {
  std::string record;
  std::optional<std::string> until;
};
base::Result<RecordingBody> recording_body(std::string_view body);

struct ArmBody {
  bool armed = true;
  std::optional<std::uint32_t> for_s;
  std::optional<std::string> until;  // a time
};
base::Result<ArmBody> arm_body(std::string_view body);

}  // namespace http
