#include "server/http/object_response.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <utility>

#include "server/http/conditional.hpp"
#include "server/http/problem.hpp"

namespace http {
namespace {

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

Response& add_headers(Response& response, const SentObject& object, const std::string& etag) {
  response.with("ETag", etag)
      .with("Accept-Ranges", "bytes")
      .with("Cache-Control", std::string(object.cache_control))
      .with("Content-Security-Policy", std::string(object.policy));
  if (response.status == 304) return response;
  return response.with("Content-Type", object.content_type).with("Content-Disposition", object.content_disposition);
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

base::Result<> set_body(Response& response, const Context& context, const SentObject& object, const ByteRange& range) {
  auto& objects = context.sources.objects;
  if (const auto path = objects.local_path(object.key)) {
    auto file = open_file(*path, object.size);
    if (!file) return std::unexpected(file.error());
    response.body = FileBody{std::move(*file), range.offset, range.length};
    return {};
  }
  auto reader = objects.open(object.key);
  if (!reader) return std::unexpected(reader.error());
  if ((*reader)->size() != object.size) {
    return base::fail(base::Errc::corrupt, fmt::format("The object {} has {} bytes and the catalog says {}.",
                                                       object.key, (*reader)->size(), object.size));
  }
  response.body =
      StreamBody{std::make_shared<ObjectSource>(std::move(*reader), range.offset, context.pool), range.length};
  return {};
}

}  // namespace

Response object_response(const Context& context, const Request& request, const SentObject& object) {
  const auto etag = fmt::format("\"{}\"", object.sha256);
  if (const auto wanted = request.header("If-Match"); wanted && !matches_strongly(*wanted, etag)) {
    return problem(412, "The content does not have the ETag that If-Match asks for.");
  }
  Response response;
  if (const auto known = request.header("If-None-Match"); known && matches_weakly(*known, etag)) {
    response.status = 304;
    response.unsent_length = object.size;
    return std::move(add_headers(response, object, etag));
  }

  ByteRange range{0, object.size};
  if (!request.is_head()) {  // RFC 9110 has ranges for GET alone
    const auto decision = decide_range(request.header("Range"), request.header("If-Range"), etag, object.size);
    if (decision.outcome == RangeOutcome::unsatisfiable) {
      return problem(416, fmt::format("The content has {} bytes and the range asked for lies outside.", object.size))
          .with("Content-Range", unsatisfied_range(object.size))
          .with("ETag", etag);
    }
    if (decision.outcome == RangeOutcome::partial) {
      range = decision.range;
      response.status = 206;
      response.with("Content-Range", content_range(range, object.size));
    }
  }
  if (auto set = set_body(response, context, object, range); !set) {
    return backend_problem(set.error(), "reading a stored file");
  }
  return std::move(add_headers(response, object, etag));
}

std::string file_name(const storage::Media& media, std::string_view ending) {
  auto time = base::to_iso8601(media.captured_at.value_or(media.received_at)).substr(0, 19);
  std::erase_if(time, [](char c) { return c == '-' || c == ':'; });
  const auto id = media.id.str();  // its last digits are the random ones
  return fmt::format("{}-{}-{}-{}Z-{}{}", media.imei.str(), base::to_string(media.camera), base::to_string(media.kind),
                     time, id.substr(id.size() - 8), ending);
}

}  // namespace http
