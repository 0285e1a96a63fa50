#include "server/http/mjpeg.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "server/http/problem.hpp"

namespace http {
namespace {

// Behind two dashes it is a line that no picture holds.
constexpr std::string_view boundary = "dualcamd-frame-7b1f0c";

bool is_clean(std::string_view text) noexcept {
  return std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

std::string head_of(const Frame& frame) {
  std::string head = fmt::format("Content-Type: image/jpeg\r\nContent-Length: {}\r\nX-Captured-At: {}\r\n",
                                 frame.jpeg->size(), base::to_iso8601(frame.at));
  for (const auto& [name, value] : frame.headers) {
    if (is_clean(name) && is_clean(value)) head += fmt::format("{}: {}\r\n", name, value);
  }
  return head + "\r\n";
}

class Pictures;

// Where the camera's thread leaves pictures and the I/O thread finds them.
class Mailbox {
 public:
  // Until the first picture the source has no reader, and lives in here.
  struct Opening {
    Reply reply;
    std::shared_ptr<Pictures> source;
    std::shared_ptr<void> slot;
  };

  void open(std::unique_ptr<Opening> opening) {
    const std::lock_guard lock(mutex_);
    opening_ = std::move(opening);
  }
  void put(Frame frame);
  void end(const base::Error& why);
  // The reader is answered without pictures. What is given up is destroyed outside of the lock.
  void give_up() { take_opening(false); }

  void set_wake(std::function<void()> wake) {
    const std::lock_guard lock(mutex_);
    wake_ = std::move(wake);
  }
  // Nothing: there is none, and the next one wakes.
  std::optional<Frame> take() {
    const std::lock_guard lock(mutex_);
    waiting_ = !newest_ && !ended_;
    return std::exchange(newest_, std::nullopt);
  }
  bool ended() {
    const std::lock_guard lock(mutex_);
    return ended_ && !newest_;
  }

 private:
  std::unique_ptr<Opening> take_opening(bool ended) {
    const std::lock_guard lock(mutex_);
    ended_ |= ended;
    return std::move(opening_);
  }
  void wake_waiting() {
    std::function<void()> wake;
    {
      const std::lock_guard lock(mutex_);
      if (std::exchange(waiting_, false)) wake = wake_;
    }
    if (wake) wake();
  }

  std::mutex mutex_;
  std::unique_ptr<Opening> opening_;
  std::optional<Frame> newest_;
  std::function<void()> wake_;
  bool waiting_ = false;
  bool ended_ = false;
};

class Pictures final : public LiveSource {
 public:
  void keep(std::shared_ptr<Mailbox> mailbox) { mailbox_ = std::move(mailbox); }
  void keep(std::unique_ptr<LiveView::Subscription> subscription) { subscription_ = std::move(subscription); }

  void begin(std::function<void()> wake) override { mailbox_->set_wake(std::move(wake)); }

  LivePiece take() override {
    if (auto frame = mailbox_->take()) {
      last_ = std::move(frame);
      return piece(*last_);
    }
    return {.parts = {}, .last = mailbox_->ended()};
  }

  LivePiece beat() override { return last_ ? piece(*last_) : LivePiece{}; }

 private:
  // The delimiter goes out behind its picture and not before the next one: who waits for it has the picture at once.
  // (Chromium waits for the head of the next part: it is one picture behind, whatever is done here.)
  LivePiece piece(const Frame& frame) {
    LivePiece made;
    auto head = head_of(frame);
    if (!std::exchange(begun_, true)) head.insert(0, fmt::format("--{}\r\n", boundary));
    made.parts.emplace_back(std::move(head));
    made.parts.emplace_back(frame.jpeg);
    made.parts.emplace_back(fmt::format("\r\n--{}\r\n", boundary));
    return made;
  }

  std::shared_ptr<Mailbox> mailbox_;
  std::unique_ptr<LiveView::Subscription> subscription_;  // goes first
  std::optional<Frame> last_;
  bool begun_ = false;
};

void Mailbox::put(Frame frame) {
  if (!frame.jpeg || frame.jpeg->empty()) return;
  std::unique_ptr<Opening> opening;
  {
    const std::lock_guard lock(mutex_);
    newest_ = std::move(frame);
    opening = std::move(opening_);
  }
  if (!opening) return wake_waiting();
  Response response = pictures_response();
  response.body = LiveBody{std::move(opening->source), std::move(opening->slot)};
  opening->reply(std::move(response));
}

void Mailbox::end(const base::Error& why) {
  if (const auto opening = take_opening(true)) return opening->reply(no_picture(why));
  wake_waiting();
}

// Gives up when the wait is over, however that came about.
class Patience {
 public:
  explicit Patience(std::shared_ptr<Mailbox> mailbox) : mailbox_(std::move(mailbox)) {}
  Patience(Patience&&) noexcept = default;
  Patience& operator=(Patience&&) = delete;
  ~Patience() {
    if (mailbox_) mailbox_->give_up();
  }

 private:
  std::shared_ptr<Mailbox> mailbox_;
};

}  // namespace

void answer_with_pictures(LiveView& view, Reply reply, std::shared_ptr<void> slot, std::chrono::milliseconds patience) {
  const auto source = std::make_shared<Pictures>();
  const auto mailbox = std::make_shared<Mailbox>();
  source->keep(mailbox);
  reply.within(patience, [patience, waiting = Patience(mailbox)] { return no_picture_in_time(patience); });
  mailbox->open(std::make_unique<Mailbox::Opening>(std::move(reply), source, std::move(slot)));
  source->keep(view.subscribe({.frame = [mailbox](Frame frame) { mailbox->put(std::move(frame)); },
                               .ended = [mailbox](const base::Error& why) { mailbox->end(why); }}));
}

Response pictures_response() {
  Response response;
  response.with("Content-Type", fmt::format("multipart/x-mixed-replace;boundary={}", boundary))
      .with("Cache-Control", "no-store")
      .with("X-Accel-Buffering", "no");
  response.body = LiveBody{};
  return response;
}

Response picture_response(Frame frame) {
  Response response(200, "image/jpeg", std::string(base::as_text(*frame.jpeg)));
  response.with("Cache-Control", "no-store").with("X-Captured-At", base::to_iso8601(frame.at));
  for (auto& [name, value] : frame.headers) {
    if (is_clean(name) && is_clean(value)) response.with(std::move(name), std::move(value));
  }
  return response;
}

Response no_picture(const base::Error& why) {
  switch (why.code) {
    case base::Errc::not_found: return problem(404, why.message);
    case base::Errc::exhausted: return busy(why.message);
    default: return problem(502, why.message);
  }
}

Response no_picture_in_time(std::chrono::milliseconds patience) {
  return problem(504, fmt::format("The camera has not sent a picture within {} ms; /api/v1/cameras tells how it is.",
                                  patience.count()));
}

}  // namespace http
