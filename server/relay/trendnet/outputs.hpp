// The camera's two outputs and the two switches beside them, which send a picture by FTP or e-mail: as the control page
// answers them, and as the digits in the stream.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "server/base/result.hpp"

namespace trendnet {

struct Outputs {
  bool trigger1 = false;
  bool trigger2 = false;
  bool image_upload = false;
  bool image_email = false;
  bool operator==(const Outputs&) const = default;
};

// "Trigger1=0&Trigger2=1&ImageUpload=0&ImageEmail=1": what is sent, and what is answered.
std::string to_text(const Outputs& outputs);

struct OutputsAnswer {
  Outputs outputs;
  std::string camera_time;  // as the camera says it, local and without a zone; empty: it said none
};
constexpr std::size_t max_outputs_answer = 4 * 1024;  // it has 79 bytes

// Names in any case and order, unknown ones looked over; each of the four must be there. `invalid`: it is no such
// answer.
base::Result<OutputsAnswer> parse_outputs(std::string_view body);

// The eight digits behind IO_ in the stream. The last is output 1, then to the left: output 2, upload, e-mail. What the
// first four are is not published; they are taken for inputs, in the order they stand in.
struct IoDigits {
  Outputs outputs;
  std::array<bool, 4> inputs{};
  bool operator==(const IoDigits&) const = default;
};
constexpr std::size_t io_digits = 8;
std::optional<IoDigits> parse_io_digits(std::string_view digits) noexcept;

}  // namespace trendnet
