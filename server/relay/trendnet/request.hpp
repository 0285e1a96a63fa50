// Requests to a TV-IP400 as values; whoever sends them knows host, credentials and deadline. The camera takes orders by
// POST only: it answers a GET with parameters and does nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/base/result.hpp"
#include "server/relay/trendnet/outputs.hpp"
#include "server/relay/trendnet/position.hpp"

namespace trendnet {

struct Move;
enum class SwingMode : std::uint8_t;

enum class Method : std::uint8_t { get, post };
std::string_view to_string(Method method) noexcept;  // "GET", "POST"

struct Request {
  Method method = Method::get;
  std::string path;
  std::string body;          // as it is sent; Content-Length is its size, the empty line at its end included
  std::string content_type;  // empty: no such header is to be sent
  bool operator==(const Request&) const = default;
};

// How a camera of this family is spoken to. The defaults are the TV-IP400's, as its own applet speaks to it.
struct Model {
  int most_degrees = 30;  // of one move, on each axis; the least is 1. Its own page offers 10, later models take 30
  int last_preset = 24;   // 0, home, is the first
  int most_pan = 999;     // of positions that are stored; the stream has three digits for each
  int most_tilt = 999;
  bool upper_case = true;   // of paths; later models have lower case
  bool urlencoded = false;  // body as browsers send forms, for later models; else the applet's: without a type, and
                            // with an empty line at its end that is counted in its length
};

base::Result<Request> move_request(const Move& move, const Model& model);
Request home_request(const Model& model);
base::Result<Request> go_preset_request(int preset, const Model& model);
// Without a position: where the camera looks.
base::Result<Request> set_preset_request(int preset, std::string_view name, const std::optional<Position>& position,
                                         const Model& model);
base::Result<Request> clear_preset_request(int preset, const Model& model);
Request swing_request(SwingMode mode, const Model& model);
Request set_outputs_request(const Outputs& outputs, const Model& model);
Request read_outputs_request(const Model& model);
Request snapshot_request(const Model& model);
// An endless answer: pictures, with position and outputs beside each, or alone.
Request stream_request(bool with_position, const Model& model);

// Names go out as they are, since the camera undoes no encoding: letters, digits, '-', '.' and '_' stay, anything else
// becomes '_', and nothing becomes "position_N". How long a name the camera keeps is not published.
constexpr std::size_t max_preset_name = 20;
std::string preset_name(std::string_view wished, int preset);

}  // namespace trendnet
