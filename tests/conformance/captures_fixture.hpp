// Requests, the files that answer them, and a way through their states. Times are those of at(), which only the test
// moves: a minute is 60'000.
#pragma once

#include <algorithm>

#include "tests/conformance/catalog_fixture.hpp"

namespace tests {

constexpr std::int64_t a_second = 1'000;
constexpr std::int64_t a_minute = 60 * a_second;
constexpr std::int64_t an_hour = 60 * a_minute;

// `parts` of 10 s each, from `from` on.
inline storage::CaptureRequest video_request(std::int64_t from,
                                             std::vector<base::Camera> cameras = {base::Camera::front},
                                             base::Imei imei = device(), std::uint32_t parts = 1) {
  storage::CaptureRequest request{.id = base::Uuid::v7(at(0)),
                                  .imei = imei,
                                  .kind = base::MediaKind::video,
                                  .from = at(from),
                                  .duration_s = 10 * parts,
                                  .origin = "api",
                                  .created_at = at(0),
                                  .deadline = at(24 * an_hour)};
  for (std::uint32_t number = 0; number < parts; ++number) {
    storage::CapturePart part{.id = base::Uuid::v7(at(0)),
                              .request_id = request.id,
                              .number = number,
                              .imei = imei,
                              .kind = request.kind,
                              .from = at(from + number * 10 * a_second),
                              .duration_s = 10,
                              .command = "camreq"};
    for (const auto camera : cameras) part.files.push_back({camera, {}});
    request.parts.push_back(part);
  }
  return request;
}

inline storage::CaptureRequest photo_request(std::vector<base::Camera> cameras = {base::Camera::front},
                                             base::Imei imei = device()) {
  auto request = video_request(0, std::move(cameras), imei);
  request.kind = base::MediaKind::photo;
  request.from.reset();
  request.duration_s = 0;
  auto& part = request.parts.front();
  part.kind = request.kind;
  part.from.reset();
  part.duration_s = 0;
  return request;
}

inline storage::Media video_file(std::int64_t captured, std::int64_t received,
                                 base::Camera camera = base::Camera::front, base::Imei imei = device()) {
  auto media = photo(imei, at(received));
  media.camera = camera;
  media.kind = base::MediaKind::video;
  media.content_type = "video/x-ptmf";
  media.trigger = "server_request";
  media.captured_at = at(captured);
  media.duration_s = 10;
  return media;
}

inline storage::Media photo_file(std::int64_t captured, std::int64_t received,
                                 base::Camera camera = base::Camera::front, base::Imei imei = device()) {
  auto media = photo(imei, at(received));
  media.camera = camera;
  media.trigger = "server_request";
  media.captured_at = at(captured);
  return media;
}

class CaptureTest : public CatalogTest {
 protected:
  using Parts = std::vector<storage::CapturePart>;
  using Request = storage::CaptureRequest;
  using State = storage::CaptureState;

  storage::CaptureCatalog& captures() { return catalog_->captures(); }

  template <class T>
  static T must(base::Result<T> result) {
    EXPECT_TRUE(result) << result.error().message;
    return std::move(result).value();
  }

  void link(base::Imei imei = device(), const std::string& node = "n") {
    ASSERT_TRUE(catalog_->tracking().open_link({.imei = imei, .node = node, .session = "s", .since = at(0)}));
  }
  // With a link to its tracker.
  Request add(const Request& request) {
    link(request.imei);
    const auto added = captures().add_capture(request);
    EXPECT_TRUE(added) << added.error().message;
    EXPECT_FALSE(added->existed);
    return added->request;
  }
  Parts take(std::int64_t now = 0, std::uint32_t limit = 100, const std::string& node = "n") {
    return must(captures().take_captures(node, limit, patience_, at(now)));
  }
  // Added and sent.
  Request sent(const Request& request, std::int64_t now = 0) {
    add(request);
    EXPECT_EQ(ids_of(take(now)), std::vector{request.parts.front().id});
    return request;
  }
  Request known(const Request& request) { return must(captures().find_capture(request.id)).value(); }
  storage::CapturePart part(const Request& request, std::size_t number = 0) { return known(request).parts.at(number); }
  State state(const Request& request, std::size_t number = 0) { return part(request, number).state; }
  std::uint32_t settle(std::int64_t now, std::uint32_t limit = 100) {
    return must(captures().settle_captures(patience_, at(now), limit));
  }
  // The request that the file is stored for; empty: none.
  std::string store(const storage::Media& media) { return commit(media).request_id; }
  std::optional<base::Uuid> begins(const storage::Media& media) {
    return must(captures().capture_begins({.imei = media.imei,
                                           .camera = media.camera,
                                           .kind = media.kind,
                                           .trigger = media.trigger,
                                           .captured_at = media.captured_at,
                                           .duration_s = media.duration_s,
                                           .seen_at = media.received_at},
                                          patience_, media.received_at));
  }
  static std::vector<base::Uuid> ids_of(const Parts& parts) {
    std::vector<base::Uuid> found;
    for (const auto& each : parts) found.push_back(each.id);
    return found;
  }

  const storage::CapturePatience patience_;
};

}  // namespace tests
