// A camera's pictures as a browser's socket sees them.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <thread>

#include "server/http/live_view.hpp"
#include "tests/unit/http/fixture.hpp"

namespace http::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// A camera whose pictures the test takes.
class FakeView final : public LiveView, public std::enable_shared_from_this<FakeView> {
 public:
  std::unique_ptr<Subscription> subscribe(Callbacks callbacks) override {
    const std::lock_guard lock(mutex_);
    const auto id = next_++;
    subscribers_[id] = std::move(callbacks);
    return std::make_unique<Ticket>(shared_from_this(), id);
  }
  void snapshot(std::function<void(base::Result<Frame>)> done) override {
    const std::lock_guard lock(mutex_);
    asked_.push_back(std::move(done));
  }

  void show(std::string jpeg, Headers headers = {}) {
    for (auto& each : everybody()) each.frame(frame_of(jpeg, headers));
  }
  void end(base::Error why) {
    for (auto& each : everybody()) each.ended(why);
  }
  void answer(base::Result<Frame> picture) {
    std::vector<std::function<void(base::Result<Frame>)>> asked;
    {
      const std::lock_guard lock(mutex_);
      asked.swap(asked_);
    }
    for (auto& each : asked) each(picture);
  }
  std::size_t subscribers() {
    const std::lock_guard lock(mutex_);
    return subscribers_.size();
  }
  std::size_t asked() {
    const std::lock_guard lock(mutex_);
    return asked_.size();
  }
  void wait_for_subscribers(std::size_t count) {
    while (subscribers() != count) std::this_thread::yield();
  }
  static Frame frame_of(const std::string& jpeg, Headers headers = {}) {
    const auto bytes = base::as_bytes(jpeg);
    return {.jpeg = std::make_shared<const base::Bytes>(bytes.begin(), bytes.end()),
            .at = testing::at("2026-11-21T10:15:00.250Z"),
            .headers = std::move(headers)};
  }

 private:
  struct Ticket final : Subscription {
    Ticket(std::shared_ptr<FakeView> of, unsigned number) : view(std::move(of)), id(number) {}
    ~Ticket() override {
      const std::lock_guard lock(view->mutex_);
      view->subscribers_.erase(id);
    }
    std::shared_ptr<FakeView> view;
    unsigned id;
  };
  std::vector<Callbacks> everybody() {
    const std::lock_guard lock(mutex_);
    std::vector<Callbacks> all;
    for (auto& [id, each] : subscribers_) all.push_back(each);
    return all;
  }
  std::mutex mutex_;
  std::map<unsigned, Callbacks> subscribers_;
  std::vector<std::function<void(base::Result<Frame>)>> asked_;
  unsigned next_ = 0;
};

class PicturesTest : public ServerTest {
 protected:
  PicturesTest() {
    live_view = [this](std::string_view camera) { return camera == "gate" ? view : nullptr; };
  }
  ~PicturesTest() override { server.reset(); }

  std::shared_ptr<FakeView> view = std::make_shared<FakeView>();
};

constexpr std::string_view line = "--dualcamd-frame-7b1f0c\r\n";

std::string part(std::string_view jpeg, std::string_view more = {}) {
  return fmt::format(
      "Content-Type: image/jpeg\r\nContent-Length: {}\r\nX-Captured-At: 2026-11-21T10:15:00.250Z\r\n{}"
      "\r\n{}\r\n{}",
      jpeg.size(), more, jpeg, line);
}

TEST_F(PicturesTest, EveryPictureIsAPart) {
  start();
  Connection browser(port());
  browser.send_get("/api/v1/cameras/gate/live");
  view->wait_for_subscribers(1);
  view->show("first", {{"X-Pan-Tilt", "136 46"}, {"X-Bad", "no\r\nline"}});
  const auto head = browser.read_head();
  ASSERT_TRUE(head);
  EXPECT_EQ(head->status, 200);
  EXPECT_EQ(head->header("content-type"), "multipart/x-mixed-replace;boundary=dualcamd-frame-7b1f0c");
  EXPECT_EQ(head->header("transfer-encoding"), "chunked");
  EXPECT_EQ(browser.read_chunk().value(), std::string(line) + part("first", "X-Pan-Tilt: 136 46\r\n"));
  const std::string large = pattern(300'000);
  view->show(large);
  EXPECT_TRUE(browser.read_chunk().value() == part(large));
  view->show("third");
  EXPECT_EQ(browser.read_chunk().value(), part("third"));
  view->end({base::Errc::unavailable, "The camera has gone."});
  EXPECT_EQ(browser.read_chunk().value(), "");
  EXPECT_TRUE(browser.ended());
  view->wait_for_subscribers(0);
}

TEST_F(PicturesTest, AnOldClientGetsThemUntilTheEndOfTheConnection) {
  start();
  Connection browser(port());
  browser.send("GET /api/v1/cameras/gate/live HTTP/1.0\r\n\r\n");
  view->wait_for_subscribers(1);
  view->show("first");
  ASSERT_TRUE(browser.read_head());
  view->end({base::Errc::unavailable, "The camera has gone."});
  std::string body;
  for (auto piece = browser.read_some(1000); !piece.empty(); piece = browser.read_some(1000)) body += piece;
  EXPECT_EQ(body, std::string(line) + part("first"));
}

TEST_F(PicturesTest, ASlowReaderSkipsPicturesAndGetsTheNewest) {
  start();
  Connection slow(port(), 4 * 1024);
  slow.send_get("/api/v1/cameras/gate/live");
  view->wait_for_subscribers(1);
  constexpr int count = 500;
  const std::string filling(100'000, 'x');
  for (int i = 1; i <= count; ++i) view->show(fmt::format("<{}>{}", i, filling));
  ASSERT_TRUE(slow.read_head());
  std::vector<int> seen;
  while (seen.empty() || seen.back() != count) {
    const auto chunk = slow.read_chunk();
    ASSERT_TRUE(chunk && !chunk->empty());
    const auto at = chunk->find('<');
    seen.push_back(std::stoi(chunk->substr(at + 1)));
    ASSERT_EQ(chunk->find(filling), chunk->find('>') + 1);
    ASSERT_THAT(*chunk, ::testing::EndsWith(line));
  }
  EXPECT_TRUE(std::ranges::is_sorted(seen));
  EXPECT_LT(seen.size(), 200U);
}

TEST_F(PicturesTest, ReadersAreLetGoOfWhenTheyLeave) {
  start();
  auto browser = std::make_unique<Connection>(port());
  browser->send_get("/api/v1/cameras/gate/live");
  view->wait_for_subscribers(1);
  view->show("first");
  ASSERT_TRUE(browser->read_head());
  browser->reset();
  while (view->subscribers() > 0) {
    view->show("next");
    std::this_thread::yield();
  }
}

// Also so that the answer timeout does not end it: a camera may be slow.
TEST_F(PicturesTest, WithoutANewPictureTheLastOneComesAgain) {
  options.answer_timeout = 200ms;
  options.camera_timeout = 100s;
  start();
  Connection browser(port());
  browser.send_get("/api/v1/cameras/gate/live");
  view->wait_for_subscribers(1);
  view->show("first");
  ASSERT_TRUE(browser.read_head());
  EXPECT_EQ(browser.read_chunk().value(), std::string(line) + part("first"));
  for (int i = 0; i < 4; ++i) EXPECT_EQ(browser.read_chunk().value(), part("first"));
}

TEST_F(PicturesTest, ACameraThatSendsNothingIsATimeout) {
  options.camera_timeout = 50ms;
  start();
  const auto pictures = get("/api/v1/cameras/gate/live");
  EXPECT_EQ(pictures.status, 504);
  EXPECT_EQ(pictures.header("content-type"), "application/problem+json");
  EXPECT_EQ(pictures.header("x-content-type-options"), "nosniff");
  EXPECT_THAT(pictures.body, HasSubstr("has not sent a picture within 50 ms"));
  view->wait_for_subscribers(0);
  EXPECT_EQ(get("/api/v1/cameras/gate/snapshot").status, 504);
  view->answer(FakeView::frame_of("late"));  // goes nowhere
  EXPECT_EQ(get("/healthz").status, 200);
}

TEST_F(PicturesTest, ACameraThatFailsIsABadGateway) {
  start();
  Connection browser(port());
  browser.send_get("/api/v1/cameras/gate/live");
  view->wait_for_subscribers(1);
  view->end({base::Errc::unavailable, "The camera at 192.0.2.7 refuses connections."});
  const auto answer = browser.read_answer();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 502);
  EXPECT_THAT(answer->body, HasSubstr("refuses connections"));
  view->wait_for_subscribers(0);
}

TEST_F(PicturesTest, HeadAsksTheCameraNothing) {
  start();
  Connection browser(port());
  browser.send("HEAD /api/v1/cameras/gate/live HTTP/1.1\r\nHost: t\r\n\r\n");
  const auto head = browser.read_head();
  ASSERT_TRUE(head);
  EXPECT_EQ(head->status, 200);
  EXPECT_THAT(head->header("content-type"), StartsWith("multipart/x-mixed-replace"));
  EXPECT_TRUE(browser.ended());
  EXPECT_EQ(view->subscribers(), 0U);
}

TEST_F(PicturesTest, NoSuchCamera) {
  start();
  EXPECT_EQ(get("/api/v1/cameras/other/live").status, 404);
  EXPECT_EQ(get("/api/v1/cameras/other/snapshot").status, 404);
  server->stop();
  live_view = nullptr;
  start();
  EXPECT_THAT(get("/api/v1/cameras/gate/live").body, HasSubstr("--relay FILE"));
}

TEST_F(PicturesTest, ASnapshotComesWhenTheCameraHasIt) {
  start();
  Connection browser(port());
  browser.send_get("/api/v1/cameras/gate/snapshot");
  while (view->asked() == 0) std::this_thread::yield();
  view->answer(FakeView::frame_of("picture", {{"X-Pan-Tilt", "1 2"}}));
  auto answer = browser.read_answer();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->header("content-type"), "image/jpeg");
  EXPECT_EQ(answer->header("x-captured-at"), "2026-11-21T10:15:00.250Z");
  EXPECT_EQ(answer->header("x-pan-tilt"), "1 2");
  EXPECT_EQ(answer->body, "picture");
  browser.send_get("/api/v1/cameras/gate/snapshot");  // the connection goes on
  while (view->asked() == 0) std::this_thread::yield();
  view->answer(base::fail(base::Errc::corrupt, "The camera's answer is no JPEG."));
  answer = browser.read_answer();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 502);
}

// Nothing is left behind by readers that wait for a first picture when the server stops.
TEST_F(PicturesTest, StopEndsThoseThatWait) {
  options.stop_grace = 100ms;
  options.camera_timeout = 100s;
  start();
  Connection opening(port());
  opening.send_get("/api/v1/cameras/gate/live");
  view->wait_for_subscribers(1);
  Connection running(port());
  running.send_get("/api/v1/cameras/gate/live");
  view->wait_for_subscribers(2);
  Connection still(port());
  still.send_get("/api/v1/cameras/gate/snapshot");
  while (view->asked() == 0) std::this_thread::yield();
  server->stop();
  EXPECT_TRUE(opening.ended());
  EXPECT_TRUE(still.ended());
  view->wait_for_subscribers(0);
}

}  // namespace
}  // namespace http::testing
