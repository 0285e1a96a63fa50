// GET /api/v1/media/{id}/content: the original as the camera sent it, never a byte of it interpreted.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "server/http/context.hpp"
#include "server/http/object_response.hpp"
#include "server/http/text.hpp"

namespace http {
namespace {

using storage::Media;

bool is_plain(std::string_view text, std::string_view extra) noexcept {
  return !text.empty() && std::ranges::all_of(text, [extra](char c) {
    return is_digit(c) || (to_lower(c) >= 'a' && to_lower(c) <= 'z') || extra.find(c) != std::string_view::npos;
  });
}

std::string safe_content_type(const Media& media) {
  return is_plain(media.content_type, "/.+-") ? media.content_type : "application/octet-stream";
}

std::string ending_of(const Media& media) {
  const auto dot = media.object_key.rfind('.');
  const auto ending = dot == std::string::npos ? std::string_view() : std::string_view(media.object_key).substr(dot);
  constexpr std::size_t longest = 9;  // with the dot: no ending of a media file comes near it
  const bool usable = ending.size() > 1 && ending.size() <= longest && is_plain(ending.substr(1), "");
  return usable ? std::string(ending) : ".bin";
}

SentObject original(const Media& media) {
  auto type = safe_content_type(media);
  const std::string_view shown = type.starts_with("image/") ? "inline" : "attachment";
  return {.key = media.object_key,
          .size = media.size,
          .sha256 = media.sha256,
          .content_type = std::move(type),
          .content_disposition = fmt::format("{}; filename=\"{}\"", shown, file_name(media, ending_of(media))),
          // An id never gets other content. Private: these are pictures of people.
          .cache_control = "private, max-age=31536000, immutable",
          // Bytes of devices, opened in a browser by somebody's click: no script, no plug-in, nothing loaded.
          .policy = "default-src 'none'; sandbox"};
}

}  // namespace

Response get_content(const Context& context, const Call& call) {
  auto media = media_of(context, call);
  if (!media) return std::move(media.error());
  return object_response(context, call.request, original(*media));
}

}  // namespace http
