#include <string>

#include "server/http/assets.hpp"
#include "server/http/conditional.hpp"
#include "server/http/context.hpp"
#include "server/http/problem.hpp"

namespace http {
namespace {

// The page runs its own script and style and speaks to its own server; nothing inline, nothing from elsewhere.
constexpr std::string_view page_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

std::string path_of(const Target& target) {
  std::string path;
  for (const auto& segment : target.segments) path.append("/").append(segment);
  return path.empty() ? "/" : path;
}

}  // namespace

Response get_asset(const Context&, const Call& call) {
  const Asset* asset = find_asset(path_of(call.target));
  if (asset == nullptr) return problem(404, "There is no such page on this server.");

  Response response;
  const auto known = call.request.header("If-None-Match");
  if (known && matches_weakly(*known, asset->etag)) {
    response.status = 304;
    response.unsent_length = asset->body.size();
  } else {
    response = Response(200, std::string(asset->content_type), std::string(asset->body));
  }
  return std::move(response)
      .with("ETag", std::string(asset->etag))
      .with("Cache-Control", "no-cache")  // kept, but asked about each time: a new server brings a new page
      .with("Content-Security-Policy", std::string(page_policy));
}

}  // namespace http
