// GET /api/v1/media/{id}/content: the original as the camera sent it, never a byte of it interpreted.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <utility>

#include "server/http/conditional.hpp"
#include "server/http/context.hpp"
#include "server/http/problem.hpp"
#include "server/http/text.hpp"

namespace http {
namespace {

using storage::Media;

// Reads an object through the pool, since a read may block.
class ObjectSource final : public BodySource, public std::enable_shared_from_this<ObjectSource> {
 public:
  ObjectSource(std::unique_ptr<storage::ObjectReader> reader, std::uint64_t offset,
               std::shared_ptr<base::WorkerPool> pool)
      : reader_(std::move(reader)), offset_(offset), pool_(std::move(pool)) {}

  void read(std::size_t limit, Done done) override {
    pool_->post_next_step([self = shared_from_this(), limit, done = std::move(done)] { done(self->read_now(limit)); });
  }

 private:
  base::Result<std::string> read_now(std::size_t limit) {
    std::string piece(limit, '\0');
    const auto got = reader_->read_at(offset_, {reinterpret_cast<std::uint8_t*>(piece.data()), piece.size()});
    if (!got) return std::unexpected(got.error());
    if (*got == 0) return base::fail(base::Errc::corrupt, "The object ends before its recorded size.");
    piece.resize(*got);
    offset_ += *got;
    return piece;
  }

  std::unique_ptr<storage::ObjectReader> reader_;
  std::uint64_t offset_;
  std::shared_ptr<base::WorkerPool> pool_;
};

bool is_plain(std::string_view text, std::string_view extra) noexcept {
  return !text.empty() && std::ranges::all_of(text, [extra](char c) {
    return is_digit(c) || (to_lower(c) >= 'a' && to_lower(c) <= 'z') || extra.find(c) != std::string_view::npos;
  });
}

std::string safe_content_type(const Media& media) {
  return is_plain(media.content_type, "/.+-") ? media.content_type : "application/octet-stream";
}

// From what we know, never from the device's name for it: 356307042441013-front-photo-20261121T101500Z-01890a5d.jpg
std::string file_name(const Media& media) {
  auto time = base::to_iso8601(media.captured_at.value_or(media.received_at)).substr(0, 19);
  std::erase_if(time, [](char c) { return c == '-' || c == ':'; });
  const auto dot = media.object_key.rfind('.');
  std::string_view extension = dot == std::string::npos ? "" : std::string_view(media.object_key).substr(dot + 1);
  if (extension.size() > 8 || !is_plain(extension, "")) extension = "bin";
  const auto id = media.id.str();  // its last digits are the random ones
  return fmt::format("{}-{}-{}-{}Z-{}.{}", media.imei.str(), base::to_string(media.camera), base::to_string(media.kind),
                     time, id.substr(id.size() - 8), extension);
}

Response& add_common_headers(Response& response, const Media& media, const std::string& etag) {
  response.with("ETag", etag)
      .with("Accept-Ranges", "bytes")
      // An id never gets other content. Private: these are pictures of people.
      .with("Cache-Control", "private, max-age=31536000, immutable")
      // Bytes of devices, opened in a browser by somebody's click: no script, no plug-in, nothing loaded.
      .with("Content-Security-Policy", "default-src 'none'; sandbox");
  if (response.status == 304) return response;
  const auto type = safe_content_type(media);
  const std::string_view disposition = type.starts_with("image/") ? "inline" : "attachment";
  return response.with("Content-Type", type)
      .with("Content-Disposition", fmt::format("{}; filename=\"{}\"", disposition, file_name(media)));
}

base::Result<UniqueFd> open_file(const std::filesystem::path& path, std::uint64_t expected_size) {
  UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!file.valid()) return base::fail_errno(errno, fmt::format("The file {} cannot be opened", path.native()));
  struct stat status{};
  if (::fstat(file.get(), &status) != 0) {
    return base::fail_errno(errno, fmt::format("The file {} cannot be examined", path.native()));
  }
  if (!S_ISREG(status.st_mode) || static_cast<std::uint64_t>(status.st_size) != expected_size) {
    return base::fail(base::Errc::corrupt, fmt::format("The file {} has {} bytes and the catalog says {}.",
                                                       path.native(), status.st_size, expected_size));
  }
  return file;
}

// The bytes of the range, from the file where the store keeps one, else through a reader.
base::Result<> set_body(Response& response, const Context& context, const Media& media, const ByteRange& range) {
  auto& objects = context.sources.objects;
  if (const auto path = objects.local_path(media.object_key)) {
    auto file = open_file(*path, media.size);
    if (!file) return std::unexpected(file.error());
    response.body = FileBody{std::move(*file), range.offset, range.length};
    return {};
  }
  auto reader = objects.open(media.object_key);
  if (!reader) return std::unexpected(reader.error());
  if ((*reader)->size() != media.size) {
    return base::fail(base::Errc::corrupt, fmt::format("The object {} has {} bytes and the catalog says {}.",
                                                       media.object_key, (*reader)->size(), media.size));
  }
  response.body =
      StreamBody{std::make_shared<ObjectSource>(std::move(*reader), range.offset, context.pool), range.length};
  return {};
}

Response content_of(const Context& context, const Request& request, const Media& media) {
  const auto etag = fmt::format("\"{}\"", media.sha256);
  if (const auto wanted = request.header("If-Match"); wanted && !matches_strongly(*wanted, etag)) {
    return problem(412, "The content does not have the ETag that If-Match asks for.");
  }
  Response response;
  if (const auto known = request.header("If-None-Match"); known && matches_weakly(*known, etag)) {
    response.status = 304;
    response.unsent_length = media.size;
    return std::move(add_common_headers(response, media, etag));
  }

  ByteRange range{0, media.size};
  if (!request.is_head()) {  // RFC 9110 has ranges for GET alone
    const auto decision = decide_range(request.header("Range"), request.header("If-Range"), etag, media.size);
    if (decision.outcome == RangeOutcome::unsatisfiable) {
      return problem(416, fmt::format("The content has {} bytes and the range asked for lies outside.", media.size))
          .with("Content-Range", unsatisfied_range(media.size))
          .with("ETag", etag);
    }
    if (decision.outcome == RangeOutcome::partial) {
      range = decision.range;
      response.status = 206;
      response.with("Content-Range", content_range(range, media.size));
    }
  }
  if (auto set = set_body(response, context, media, range); !set) {
    return backend_problem(set.error(), "reading a stored file");
  }
  return std::move(add_common_headers(response, media, etag));
}

}  // namespace

Response get_content(const Context& context, const Call& call) {
  const auto id = base::Uuid::parse(call.values.at(0));
  if (!id) return problem(400, "The id of a media item is a UUID, as in the list at /api/v1/media.", "id");
  const auto media = context.sources.catalog.find_media(*id);
  if (!media) return backend_problem(media.error(), "looking up a media item");
  if (!*media) return no_such_media(context, *id);
  return content_of(context, call.request, **media);
}

}  // namespace http
