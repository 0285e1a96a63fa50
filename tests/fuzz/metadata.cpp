// Metadata of every form and paths, from arbitrary bytes.
#include "server/dualcam/metadata.hpp"

#include <cmath>

#include "tests/fuzz/reader.hpp"

using namespace dualcam;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Reader reader{{data, size}};
  const auto form = static_cast<MetadataForm>(reader.byte() % 4);
  const std::string_view text = base::as_text(reader.left);
  if (!path_objection(text) && (text.empty() || text.find('\0') != text.npos)) __builtin_trap();
  metadata_form_of_path(5, text);
  const auto meta = parse_metadata(form, reader.left);
  if (!meta) return meta.error().message.empty() ? (__builtin_trap(), 0) : 0;
  if (meta->latitude.has_value() != meta->longitude.has_value()) __builtin_trap();
  if (meta->latitude && !(std::abs(*meta->latitude) <= 90 && std::abs(*meta->longitude) <= 180)) __builtin_trap();
  if (meta->driver_name.size() > 128 || meta->trigger.size() > 128 || meta->events.size() > 128) __builtin_trap();
  return 0;
}
