#include "server/relay/trendnet/outputs.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "server/base/bytes.hpp"
#include "server/relay/trendnet/text.hpp"

namespace trendnet {

namespace {

constexpr std::size_t max_camera_time = 40;  // "03-28-2025 12:32:19 AM" has 22

struct Field {
  std::string_view name;     // as it is sent
  std::string_view lowered;  // as it is looked for
  bool Outputs::* value;
};
constexpr std::array<Field, 4> fields{{{"Trigger1", "trigger1", &Outputs::trigger1},
                                       {"Trigger2", "trigger2", &Outputs::trigger2},
                                       {"ImageUpload", "imageupload", &Outputs::image_upload},
                                       {"ImageEmail", "imageemail", &Outputs::image_email}}};

std::unexpected<base::Error> no_answer_of_this(std::string_view why, std::string_view body) {
  constexpr std::size_t shown = 80;
  return base::fail(base::Errc::invalid,
                    fmt::format("The camera's answer about its outputs cannot be read: {}: \"{}\".", why,
                                base::printable(base::as_bytes(body), shown)));
}

}  // namespace

std::string to_text(const Outputs& outputs) {
  std::string text;
  for (const Field& field : fields)
    text += fmt::format("{}{}={}", text.empty() ? "" : "&", field.name, outputs.*field.value ? 1 : 0);
  return text;
}

base::Result<OutputsAnswer> parse_outputs(std::string_view body) {
  if (body.size() > max_outputs_answer) return no_answer_of_this("it is too long", body);
  OutputsAnswer answer;
  std::array<bool, fields.size()> seen{};
  while (!body.empty()) {
    const auto end = std::min(body.find_first_of("&\r\n"), body.size());
    const std::string_view pair = trim(body.substr(0, end));
    body.remove_prefix(std::min(end + 1, body.size()));
    const auto equals = pair.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view name = trim(pair.substr(0, equals)), value = trim(pair.substr(equals + 1));
    if (equals_ignoring_case(name, "currenttime"))
      answer.camera_time = base::printable(base::as_bytes(value), max_camera_time);
    const auto* const field =
        std::ranges::find_if(fields, [&](const Field& each) { return equals_ignoring_case(name, each.lowered); });
    if (field == fields.end()) continue;
    if (value != "0" && value != "1") return no_answer_of_this("a value is neither 0 nor 1", pair);
    answer.outputs.*(field->value) = value == "1";
    seen[static_cast<std::size_t>(field - fields.begin())] = true;
  }
  for (std::size_t n = 0; n < fields.size(); ++n)
    if (!seen[n]) return no_answer_of_this("a value is missing", fields[n].name);
  return answer;
}

std::optional<IoDigits> parse_io_digits(std::string_view digits) noexcept {
  if (digits.size() != io_digits) return std::nullopt;
  if (!std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; })) return std::nullopt;
  const auto on = [&](std::size_t at) { return digits[at] != '0'; };
  return IoDigits{
      .outputs = {.trigger1 = on(7), .trigger2 = on(6), .image_upload = on(5), .image_email = on(4)},
      .inputs = {on(0), on(1), on(2), on(3)},
  };
}

}  // namespace trendnet
