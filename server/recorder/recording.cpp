#include <utility>

#include "server/recorder/queue.hpp"
#include "server/recorder/recorder.hpp"

namespace recorder {

using pcapng::Direction;
using What = Happening::What;

namespace {
// Of each, besides its bytes.
constexpr std::size_t overhead = sizeof(Told);
// So much is written at once, however short it has gathered.
constexpr std::size_t enough = 1 << 20;

std::size_t size_of(const Happening& what) noexcept {
  return overhead + what.bytes.size() + what.text.size();
}

base::Bytes copy_of(base::ByteView bytes) {
  return {bytes.begin(), bytes.end()};
}
}  // namespace

bool Queue::push(const std::shared_ptr<Tape>& tape, Happening&& what, bool must) {
  const std::size_t size = size_of(what);
  bool wakes = false;
  {
    const std::lock_guard lock(mutex);
    if (!must && bytes + on_tapes + size > most) return false;
    const std::size_t before = bytes;
    wakes = waiting.empty() || (before < enough && before + size >= enough);
    bytes += size;
    ++pushed;
    waiting.push_back({tape, std::move(what)});
  }
  if (wakes) wake.notify_one();
  return true;
}

Recording::Recording(std::shared_ptr<Queue> queue, std::shared_ptr<Tape> tape)
    : queue_(std::move(queue)), tape_(std::move(tape)) {}

Recording::~Recording() {
  end(pcapng::TcpConversation::End::by_server, {});
}

void Recording::tell(Happening happening, bool must) {
  if (ended_) return;
  happening.at = base::steady_now();
  happening.left_out = {left_out_[0], left_out_[1]};
  const auto direction = static_cast<std::size_t>(happening.direction);
  const std::size_t size = happening.bytes.size();
  // What only says something of the session is not put into the place of what was left out.
  const bool in_file = happening.what == What::bytes || happening.what == What::comment || happening.what == What::end;
  if (!in_file) happening.left_out = {};
  if (!queue_->push(tape_, std::move(happening), must)) {
    left_out_[direction] += size;
  } else if (in_file) {
    left_out_[0] = left_out_[1] = 0;
  }
}

void Recording::received(base::ByteView bytes) {
  tell({.what = What::bytes, .direction = Direction::from_device, .bytes = copy_of(bytes)}, false);
}

void Recording::sent(base::ByteView bytes) {
  tell({.what = What::bytes, .direction = Direction::to_device, .bytes = copy_of(bytes)}, false);
}

void Recording::say(std::string what) {
  tell({.what = What::comment, .text = std::move(what)}, false);
}

void Recording::identified(const base::Imei& imei) {
  tell({.what = What::identified, .text = imei.str()}, true);
}

void Recording::failed() {
  tell({.what = What::failed}, true);
}

void Recording::keep(Mode mode) {
  tell({.what = mode == Mode::off ? What::drop : What::mode, .mode = mode}, true);
}

void Recording::end(pcapng::TcpConversation::End how, std::string reason) {
  tell({.what = What::end, .end = how, .text = std::move(reason)}, true);
  ended_ = true;
}

Channel::Channel(std::shared_ptr<Queue> queue, std::shared_ptr<Tape> tape)
    : queue_(std::move(queue)), tape_(std::move(tape)) {}

Channel::~Channel() {
  queue_->push(tape_, {.what = What::end, .at = base::steady_now()}, true);
}

void Channel::tell(Happening happening) {
  happening.at = base::steady_now();
  const std::uint64_t before = left_out_.exchange(0);
  happening.left_out = {before, 0};
  const std::size_t size = happening.bytes.size();
  if (!queue_->push(tape_, std::move(happening), false)) left_out_ += before + size;
}

void Channel::datagram(Direction direction, const pcapng::Peers& peers, base::ByteView bytes, std::string said) {
  tell({.what = What::datagram,
        .direction = direction,
        .bytes = copy_of(bytes),
        .text = std::move(said),
        .peers = peers});
}

void Channel::received(const pcapng::Peers& peers, base::ByteView bytes, std::string said) {
  datagram(Direction::from_device, peers, bytes, std::move(said));
}

void Channel::sent(const pcapng::Peers& peers, base::ByteView bytes, std::string said) {
  datagram(Direction::to_device, peers, bytes, std::move(said));
}

void Channel::say(std::string what) {
  tell({.what = What::comment, .text = std::move(what)});
}

}  // namespace recorder
