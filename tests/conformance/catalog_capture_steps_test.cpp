// Capture requests: every step from every state, the same on every catalog.
#include "tests/conformance/captures_fixture.hpp"

namespace tests {
namespace {

using base::Camera;
using storage::CaptureRequest;
using storage::CaptureState;
using namespace std::chrono_literals;
using enum CaptureState;

constexpr std::int64_t begin = -a_minute;  // of the video that is asked for

class CaptureSteps : public CaptureTest {
 protected:
  enum class From : std::uint8_t {
    first,
    again,
    sent,
    accepted,
    connecting,
    transferring,
    stored,
    refused,
    expired,
    failed,
    cancelled
  };
  static constexpr std::int64_t later = 2 * an_hour;  // all that is waited for is overdue, the deadline is not

  static storage::Media file(const CaptureRequest& request, std::int64_t received = later) {
    return video_file(begin, received, Camera::front, request.imei);
  }

  static void must_do(const base::Result<>& done) { ASSERT_TRUE(done) << done.error().message; }

  CaptureRequest reach(From from, base::Imei imei) {
    auto request = add(video_request(begin, {Camera::front}, imei));
    const base::Uuid id = request.parts[0].id;
    if (from == From::first) return request;
    take();
    if (from == From::sent) return request;
    if (from == From::again) settle(an_hour);
    if (from == From::refused) must(captures().capture_refused(id, "No", at(1)));
    if (from == From::expired) settle(24 * an_hour);
    if (from == From::failed) must(captures().settle_captures({.attempts = 1}, at(an_hour), 10));
    if (from == From::cancelled) must(captures().cancel_capture(request.id, at(1)));
    if (from > From::stored || from == From::again) return request;
    must(captures().capture_accepted(id, "Yes", patience_, at(1)));
    if (from >= From::connecting) must_do(captures().camera_connected(imei, patience_, at(2)));
    if (from >= From::transferring) begins(file(request, 3));
    if (from == From::stored) store(file(request, 4));
    return request;
  }
};

TEST_P(CaptureSteps, FromEveryState) {
  struct Row {
    From from;
    CaptureState is, take, give_back, accept, refuse, cancel, connect, begin, progress, interrupt, store, overdue, late;
  };
  constexpr CaptureState asked = CaptureState::sent, moving = transferring, linked = connecting, dropped = cancelled;
  const std::vector<Row> rows{
      // clang-format off
      //                   is        take      give_back accept    refuse    cancel    connect   begin     progress  interrupt store     overdue   late
      {From::first,        queued,   asked,    queued,   queued,   queued,   dropped,  queued,   queued,   queued,   queued,   queued,   queued,   expired},
      {From::again,        queued,   asked,    queued,   accepted, refused,  dropped,  queued,   moving,   queued,   queued,   stored,   queued,   expired},
      {From::sent,         asked,    asked,    queued,   accepted, refused,  dropped,  asked,    moving,   asked,    asked,    stored,   queued,   expired},
      {From::accepted,     accepted, accepted, accepted, accepted, accepted, dropped,  linked,   moving,   accepted, accepted, stored,   queued,   expired},
      {From::connecting,   linked,   linked,   linked,   linked,   linked,   dropped,  linked,   moving,   linked,   linked,   stored,   queued,   expired},
      {From::transferring, moving,   moving,   moving,   moving,   moving,   dropped,  moving,   moving,   moving,   accepted, stored,   queued,   expired},
      {From::stored,       stored,   stored,   stored,   stored,   stored,   stored,   stored,   stored,   stored,   stored,   stored,   stored,   stored},
      {From::refused,      refused,  refused,  refused,  refused,  refused,  refused,  refused,  refused,  refused,  refused,  refused,  refused,  refused},
      {From::expired,      expired,  expired,  expired,  expired,  expired,  expired,  expired,  expired,  expired,  expired,  stored,   expired,  expired},
      {From::failed,       failed,   failed,   failed,   failed,   failed,   failed,   failed,   failed,   failed,   failed,   stored,   failed,   failed},
      {From::cancelled,    dropped,  dropped,  dropped,  dropped,  dropped,  dropped,  dropped,  dropped,  dropped,  dropped,  dropped,  dropped,  dropped},
      // clang-format on
  };
  // What a call says of itself: whether it has changed anything. Some do not say.
  using Call = std::function<std::optional<bool>(const CaptureRequest&)>;
  const auto id = [](const CaptureRequest& request) { return request.parts[0].id; };
  const std::vector<std::tuple<std::string, CaptureState Row::*, Call>> calls{
      {"take", &Row::take, [&](const auto&) { return !take(later).empty(); }},
      {"give back", &Row::give_back,
       [&](const auto& of) { return must(captures().give_back_capture(id(of), "r", 1min, at(later))); }},
      {"accept", &Row::accept,
       [&](const auto& of) { return must(captures().capture_accepted(id(of), "Yes", patience_, at(later))); }},
      {"refuse", &Row::refuse,
       [&](const auto& of) { return must(captures().capture_refused(id(of), "No", at(later))); }},
      {"cancel", &Row::cancel,
       [&](const auto& of) {
         EXPECT_TRUE(must(captures().cancel_capture(of.id, at(later))));
         return std::nullopt;
       }},
      {"connect", &Row::connect,
       [&](const auto& of) {
         EXPECT_TRUE(captures().camera_connected(of.imei, patience_, at(later)));
         return std::nullopt;
       }},
      {"begin", &Row::begin,
       [&](const auto& of) {
         begins(file(of));
         return std::nullopt;
       }},
      {"progress", &Row::progress,
       [&](const auto& of) {
         EXPECT_TRUE(captures().capture_progress(id(of), 50, patience_, at(later)));
         return std::nullopt;
       }},
      {"interrupt", &Row::interrupt,
       [&](const auto& of) {
         EXPECT_TRUE(captures().capture_interrupted(id(of), "It broke off.", patience_, at(later)));
         return std::nullopt;
       }},
      {"store", &Row::store,
       [&](const auto& of) {
         store(file(of));
         return std::nullopt;
       }},
      {"overdue", &Row::overdue, [&](const auto&) { return settle(later) != 0; }},
      {"late", &Row::late, [&](const auto&) { return settle(24 * an_hour) != 0; }},
  };
  std::uint64_t devices = 0;
  for (const Row& row : rows)
    for (const auto& [name, column, call] : calls) {
      SCOPED_TRACE(testing::Message() << name << " from row " << static_cast<int>(row.from));
      const auto request = reach(row.from, device(++devices));
      ASSERT_EQ(state(request), row.is);
      const CaptureState wanted = row.*column;
      EXPECT_EQ(call(request).value_or(wanted != row.is), wanted != row.is);
      const auto now = part(request);
      EXPECT_EQ(now.state, wanted);
      EXPECT_EQ(known(request).state, wanted) << "a request of one part is as its part is";
      EXPECT_EQ(known(request).reason, now.reason);
      const bool waits = !is_final(wanted) && (row.from != From::first || wanted == CaptureState::sent);
      EXPECT_EQ(now.due_at.has_value(), waits);
      EXPECT_EQ(now.percent, name == "progress" && wanted == transferring ? 50U : 0U);
      if (wanted == stored) {
        EXPECT_EQ(now.reason, "");
        EXPECT_FALSE(now.files.at(0).media_id.is_nil());
      }
      must(captures().cancel_capture(request.id, at(later)));  // out of the way of the next one
    }
}

INSTANTIATE_TEST_SUITE_P(Catalogs, CaptureSteps, testing::ValuesIn(catalog_implementations()),
                         [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace tests
