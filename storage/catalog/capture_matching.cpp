#include "storage/catalog/capture_matching.hpp"

#include <fmt/format.h>

#include "storage/catalog/capture_statements.hpp"
#include "storage/catalog/capture_steps.hpp"
#include "storage/catalog/rows.hpp"

namespace storage::sql {

namespace {
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

// Cameras begin a clip at a picture that stands for itself, and count whole seconds.
constexpr milliseconds video_slack = seconds{5};
// What one command can ask for: no part that is longer is added.
constexpr milliseconds longest_video = seconds{longest_part_s};
// A camera's clock and ours differ: so much before it was asked for a photo may seem to be taken …
constexpr milliseconds clock_behind = minutes{2};
// … and so much after it came.
constexpr milliseconds clock_ahead = minutes{10};
// A camera that comes back with a photo after that has taken it for another reason.
constexpr milliseconds late_photo = hours{1};

bool is_asked_for(std::string_view trigger) noexcept {
  return trigger.empty() || trigger == "server_request";
}

OfferedFile offered(const Media& media) {
  return {.imei = media.imei,
          .camera = media.camera,
          .kind = media.kind,
          .trigger = media.trigger,
          .captured_at = media.captured_at,
          .duration_s = media.duration_s,
          .seen_at = media.received_at};
}
}  // namespace

std::optional<CaptureWindow> CaptureWindow::of(const OfferedFile& file) {
  if (file.camera == base::Camera::relay || file.camera == base::Camera::unknown || !is_asked_for(file.trigger))
    return std::nullopt;
  CaptureWindow window(file);
  const bool possible = file.kind == base::MediaKind::video   ? window.set_video(file)
                        : file.kind == base::MediaKind::photo ? window.set_photo(file)
                                                              : false;
  return possible ? std::optional(window) : std::nullopt;
}

std::optional<CaptureWindow> CaptureWindow::of(const Media& media) {
  return of(offered(media));
}

bool CaptureWindow::set_video(const OfferedFile& file) {
  // What is not of the past cannot have been asked for: and a clock that far off tells nothing.
  if (!file.captured_at || *file.captured_at <= base::UtcTime{} || *file.captured_at > file.seen_at + clock_ahead)
    return false;
  const auto end = *file.captured_at + seconds{file.duration_s.value_or(0)};
  earliest_ = *file.captured_at - video_slack - longest_video;
  latest_ = end + video_slack;
  ends_after_ = *file.captured_at - video_slack;
  final_after_ = {};  // however late: its time says which one it is
  closest_to_ = file.captured_at;
  return true;
}

bool CaptureWindow::set_photo(const OfferedFile& file) {
  const bool timed = file.captured_at && *file.captured_at > base::UtcTime{};
  if (timed && *file.captured_at > file.seen_at + clock_ahead) return false;
  earliest_ = {};
  latest_ = timed ? *file.captured_at + clock_behind : base::UtcTime::max();
  ends_after_ = {};
  final_after_ = file.seen_at - late_photo;
  closest_to_.reset();
  return true;
}

namespace {
// True of a video that a part which has its file already is nearer to: a command that was sent twice brought it twice,
// and the part beside that one waits for its own. `p` names the parameters of CaptureWindow.
template <class Parameter>
std::string is_nearer_to_a_part_with_its_file(Parameter p) {
  return fmt::format(
      "(ABS(part.matches_at - {7}) > {8} AND EXISTS (SELECT 1 FROM capture_parts other JOIN capture_files held "
      "ON held.part_id = other.id AND held.camera = {0} AND held.media_id IS NOT NULL WHERE other.imei = {1} "
      "AND other.kind = {2} AND other.matches_at >= {3} AND other.matches_at <= {4} "
      "AND ABS(other.matches_at - {7}) < ABS(part.matches_at - {7})))",
      p(0), p(1), p(2), p(3), p(4), p(5), p(6), p(7), video_slack.count());
}
}  // namespace

// Those still open before those that were given up: who asks again waits for this very file.
std::string CaptureWindow::subquery(int first) {
  const auto p = [&](int index) { return fmt::format("${}", first + index); };
  return fmt::format(
      "SELECT part.id, part.request_id FROM capture_parts part JOIN capture_files file ON file.part_id = part.id "
      "AND file.camera = {} AND file.media_id IS NULL WHERE part.imei = {} AND part.kind = {} "
      "AND part.matches_at >= {} AND part.matches_at <= {} AND part.matches_at + part.duration_s * 1000 >= {} "
      "AND (part.final_at IS NULL OR part.final_at >= {}) AND NOT {} ORDER BY ABS(part.matches_at - {}), "
      "CASE WHEN part.final_at IS NULL THEN 0 ELSE 1 END, part.first_sent_at, part.id LIMIT 1",
      p(0), p(1), p(2), p(3), p(4), p(5), p(6), is_nearer_to_a_part_with_its_file(p), p(7));
}

std::vector<Value> CaptureWindow::values() const {
  return {base::to_string(camera_),
          imei_.number(),
          base::to_string(kind_),
          earliest_,
          latest_,
          ends_after_,
          final_after_,
          closest_to_};
}

base::Result<std::optional<CaptureMatch>> match(Connection& connection, const CaptureWindow& window) {
  static const std::string sql = CaptureWindow::subquery(1);
  const auto values = window.values();
  return read_one<CaptureMatch>(connection.ask(sql, values), [](const Rows& row) -> base::Result<CaptureMatch> {
    const auto part = base::Uuid::parse(row.text(0));
    const auto request = base::Uuid::parse(row.text(1));
    if (part && request) return CaptureMatch{*part, *request};
    return base::fail(base::Errc::io, fmt::format("the catalog's table capture_parts holds the ids '{}' and '{}', "
                                                  "which are none",
                                                  row.text(0), row.text(1)));
  });
}

namespace {
base::Result<std::optional<AnsweredRequest>> answered_now(Connection& connection, const base::Uuid& request_id,
                                                          base::UtcTime now) {
  return read_one<AnsweredRequest>(
      connection.query("SELECT channel, kind, created_at FROM capture_requests WHERE id = $1 AND state = 'stored'",
                       request_id),
      [now](const Rows& row) -> base::Result<AnsweredRequest> {
        return AnsweredRequest{.channel = parse_capture_channel(row.text(0)).value_or(CaptureChannel::avl),
                               .kind = base::parse_media_kind(row.text(1)).value_or(base::MediaKind::other),
                               .created_at = row.time(2),
                               .stored_at = now};
      });
}
}  // namespace

base::Result<std::optional<AnsweredRequest>> give_file(Connection& connection, const CaptureMatch& match,
                                                       base::Camera camera, const base::Uuid& media_id,
                                                       base::UtcTime now) {
  auto row = find_part(connection, match.part_id);
  if (!row) return std::unexpected(row.error());
  if (!*row) return std::nullopt;
  const CaptureState was = (*row)->part.state;
  if (!steps::receive(**row, camera, media_id, now)) return std::nullopt;
  if (auto given = write_file(connection, match.part_id, camera, media_id); !given)
    return std::unexpected(given.error());
  if (auto written = write_part(connection, **row, was, now); !written) return std::unexpected(written.error());
  const bool now_stored = was != CaptureState::stored && (*row)->part.state == CaptureState::stored;
  if (!now_stored) return std::nullopt;
  return answered_now(connection, match.request_id, now);
}

}  // namespace storage::sql
