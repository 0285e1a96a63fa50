#include "server/relay/mavlink/camera/description.hpp"

#include <fmt/format.h>

#include <set>
#include <string_view>
#include <utility>

namespace mavlink::camera {

namespace {
// What this component can carry out. A flag beyond these would be a promise that nobody keeps.
constexpr std::uint32_t known_capabilities =
    capability::capture_video | capability::capture_image | capability::has_modes | capability::image_in_video_mode |
    capability::video_in_image_mode | capability::image_survey_mode | capability::basic_zoom | capability::basic_focus |
    capability::video_stream;

// One less than the fields have: programs read them as C strings.
constexpr std::size_t longest_name = 31;
constexpr std::size_t longest_stream_uri = 159;
constexpr std::size_t longest_definition_uri = 139;
// Numbers of cameras that an autopilot speaks for; no component of these ids is a camera.
constexpr std::uint8_t last_autopilot_camera = 6;
constexpr std::size_t most_numbered = 255;  // ids of streams and storages are bytes
constexpr std::size_t most_parameters = 32767;

std::unexpected<base::Error> bad(const Description& description, std::string_view what) {
  return base::fail(base::Errc::invalid,
                    fmt::format("The MAVLink camera {}/{} (\"{}\") {}.", description.address.system,
                                description.address.component, description.model, what));
}

// Addresses that mean "here", to whoever reads them.
bool leads_nowhere(std::string_view uri) noexcept {
  return uri.find("//0.0.0.0") != uri.npos || uri.find("//[::]") != uri.npos || uri.find("//localhost") != uri.npos;
}

base::Result<> check_names(const Description& camera) {
  if (camera.address.system == 0) return bad(camera, "needs a system id of 1 to 255");
  if (camera.address.component <= last_autopilot_camera)
    return bad(camera, "needs a component id above 6; ground stations look for cameras at 100 to 105");
  if (camera.vendor.empty() || camera.vendor.size() > longest_name)
    return bad(camera, "needs a vendor of 1 to 31 bytes");
  if (camera.model.empty() || camera.model.size() > longest_name) return bad(camera, "needs a model of 1 to 31 bytes");
  if (camera.definition_uri.size() > longest_definition_uri)
    return bad(camera, "has a definition address of more than 139 bytes, which no message can carry");
  return {};
}

base::Result<> check_streams(const Description& camera) {
  if (camera.streams.size() > most_numbered) return bad(camera, "has more than 255 streams");
  std::set<std::string_view> names;
  for (const auto& stream : camera.streams) {
    if (stream.name.empty() || stream.name.size() > longest_name || !names.insert(stream.name).second)
      return bad(camera, "needs a name of 1 to 31 bytes for each stream, and each only once");
    if (stream.uri.empty() || stream.uri.size() > longest_stream_uri || leads_nowhere(stream.uri))
      return bad(camera, "needs a stream address of 1 to 159 bytes that a ground station can reach");
  }
  return {};
}

base::Result<> check_functions(const Description& camera) {
  if ((camera.capabilities & ~known_capabilities) != 0)
    return bad(camera, "claims capabilities that are not carried out: tracking, thermal ranges and the like");
  if ((camera.capabilities & capability::video_stream) != 0 && camera.streams.empty())
    return bad(camera, "claims to stream, and has no stream");
  if (((camera.capabilities & capability::basic_zoom) != 0) != (camera.zoom_types != 0))
    return bad(camera, "must have zoom types if it can zoom, and only then");
  if (((camera.capabilities & capability::basic_focus) != 0) != (camera.focus_types != 0))
    return bad(camera, "must have focus types if it can focus, and only then");
  if (camera.shortest_interval <= std::chrono::milliseconds{0})
    return bad(camera, "needs a shortest interval of more than 0 ms");
  return {};
}

base::Result<> check_parameters(const Description& camera) {
  if (camera.parameters.size() > most_parameters) return bad(camera, "has more parameters than can be numbered");
  std::set<std::string_view> ids;
  for (const auto& parameter : camera.parameters) {
    if (auto good = check(parameter); !good) return good;
    if (!ids.insert(parameter.id).second)
      return bad(camera, fmt::format("has the parameter \"{}\" twice", parameter.id));
  }
  return {};
}
}  // namespace

std::uint32_t flags_of(const Description& description) noexcept {
  return description.capabilities | (description.streams.empty() ? 0U : std::uint32_t{capability::video_stream});
}

base::Result<> check(const Description& description) {
  if (description.storages.empty() || description.storages.size() > most_numbered)
    return bad(description, "needs 1 to 255 storages; one that nothing is known of will do");
  for (const auto& storage : description.storages)
    if (storage.name.size() > longest_name) return bad(description, "has a storage name of more than 31 bytes");
  for (const auto part : {check_names, check_functions, check_streams, check_parameters})
    if (auto good = part(description); !good) return good;
  return {};
}

base::Result<> check(std::span<const Description> descriptions) {
  std::set<Address> addresses;
  std::set<std::pair<std::uint8_t, std::string_view>> models;
  for (const auto& camera : descriptions) {
    if (auto good = check(camera); !good) return good;
    if (!addresses.insert(camera.address).second)
      return bad(camera, "has the address of another camera: each needs a component id of its own");
    if (!models.insert({camera.address.system, camera.model}).second)
      return bad(camera, "has the model name of another camera, and ground stations tell cameras apart by it");
  }
  return {};
}

}  // namespace mavlink::camera
