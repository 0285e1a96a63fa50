#include "server/net/transfer.hpp"

#include <algorithm>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <cassert>
#include <cstring>
#include <utility>

namespace net {

namespace {
constexpr std::size_t held_limit_when_scarce = chunk_size;
// Even with the largest frame on top, a kill takes less than one block of the spool from memory.
static_assert(held_limit + dualcam::max_enhanced_length < storage::block_size);

// For what others know of a file. Without an answer it is taken as a new one: a camera that waits long for RESUME loses
// patience, and should the file be here already, or come twice, it is stored once all the same.
constexpr std::chrono::seconds patience_for_answers{3};
// For another node that holds the file: its connection is a broken one mostly, and what it has kept of the file has to
// get into the object store.
constexpr std::chrono::seconds patience_with_other_node{5};
constexpr std::chrono::milliseconds look_again{100};
}  // namespace

Transfer::Transfer(asio::io_context& context, TransferServices& services, storage::FileIdentity identity,
                   std::weak_ptr<TransferOwner> owner)
    : context_(context),
      services_(services),
      identity_(std::move(identity)),
      owner_(std::move(owner)),
      file_(identity_.provable() ? identity_.fingerprint() : std::string()) {
  services_.active.fetch_add(1, std::memory_order_relaxed);
}

Transfer::~Transfer() {
  services_.active.fetch_sub(1, std::memory_order_relaxed);
}

template <class Call>
void Transfer::tell(Call&& call) {
  if (detached_) return;
  if (const auto owner = owner_.lock()) call(*owner);
}

void Transfer::run(base::WorkerPool& pool, Job job) {
  busy_ = true;
  pool.post([self = shared_from_this(), job = std::move(job)] {
    auto after = job();
    asio::post(self->context_, [self, after = std::move(after)] {
      self->busy_ = false;
      after();
      self->kick();
    });
  });
}

// The next thing to do, in the order that keeps the file right.
void Transfer::kick() {
  if (busy_ || !ready_ || left_) return;
  if (detached_ && !arrival_) return leave_job();
  if (failed_) return;
  if (restart_) return start_over_job({});
  if (!full_.empty()) return write_job();
  if (arrival_) return publish_job();
}

// ---- Opening.

void Transfer::open() {
  if (!identity_.provable()) return look_job();
  busy_ = true;
  const std::weak_ptr<Transfer> weak = weak_from_this();
  services_.claims.acquire(
      file_,
      [weak] {
        const auto self = weak.lock();
        if (!self) return;
        asio::post(self->context_, [self] { self->tell([](TransferOwner& owner) { owner.transfer_superseded(); }); });
      },
      [self = shared_from_this()](Claim claim) {
        // Claim moves only; std::function copies: hence the shared holder.
        auto holder = std::make_shared<Claim>(std::move(claim));
        asio::post(self->context_, [self, holder] {
          self->busy_ = false;
          if (self->detached_) {
            self->left_ = true;
            return holder->release();
          }
          self->claim_ = std::move(*holder);
          self->claim_job();
        });
      });
}

// Asks on a pool, and goes on here with the answer or, after a while, with an empty one.
template <class Answer>
void Transfer::ask_elsewhere(std::function<Answer()> question, std::function<void(Answer)> then) {
  struct Asked {
    asio::steady_timer timer;
    std::function<void(Answer)> go_on;  // once
    void answered(Answer answer) {
      timer.cancel();
      if (const auto last = std::exchange(go_on, nullptr)) last(std::move(answer));
    }
  };
  busy_ = true;
  const auto asked = std::make_shared<Asked>(asio::steady_timer(context_, patience_for_answers),
                                             [self = shared_from_this(), then = std::move(then)](Answer answer) {
                                               self->busy_ = false;
                                               then(std::move(answer));
                                             });
  asked->timer.async_wait([asked](const std::error_code&) { asked->answered({}); });
  // Weak: a question that hangs keeps nothing alive, and one that nobody waits for any more is not asked.
  services_.pools.lookups.post([&context = context_, waiting = std::weak_ptr(asked), question = std::move(question)] {
    if (waiting.expired()) return;
    auto answer = std::make_shared<Answer>(question());
    asio::post(context, [waiting, answer] {
      if (const auto still = waiting.lock()) still->answered(std::move(*answer));
    });
  });
}

void Transfer::claim_job() {
  if (services_.nodes == nullptr) return look_job();
  wait_until_ = base::steady_now() + patience_with_other_node;
  ask_elsewhere<bool>([&nodes = *services_.nodes, file = file_] { return !nodes.claim(file).value_or(true); },
                      [this](bool held) { other_nodes_hold(held); });
}

void Transfer::other_nodes_hold(bool held) {
  if (!held || detached_ || base::steady_now() >= wait_until_) return look_job();
  busy_ = true;
  auto timer = std::make_shared<asio::steady_timer>(context_, look_again);
  timer->async_wait([this, self = shared_from_this(), timer](const std::error_code&) {
    ask_elsewhere<bool>([&nodes = *services_.nodes, file = file_] { return !nodes.is_free(file).value_or(true); },
                        [this](bool still) { other_nodes_hold(still); });
  });
}

void Transfer::look_job() {
  if (!identity_.provable()) return open_job({});
  ask_elsewhere<storage::Sighting>(
      [&intake = services_.intake, identity = identity_] { return intake.look_for(identity); },
      [this](storage::Sighting sighting) { open_job(std::move(sighting)); });
}

void Transfer::open_job(storage::Sighting sighting) {
  auto& pool = sighting.left.empty() ? services_.pools.disk : services_.pools.lookups;
  // Sighting moves only; std::function copies: hence the shared holder.
  run(pool, [this, seen = std::make_shared<storage::Sighting>(std::move(sighting))] {
    return opened(services_.intake.open(identity_, std::move(*seen)));
  });
}

std::function<void()> Transfer::opened(base::Result<storage::Kept> kept) {
  auto holder = std::make_shared<base::Result<storage::Kept>>(std::move(kept));
  return [this, holder] {
    ready_ = true;
    if (!*holder) return fail(holder->error().message);
    storage::Kept& result = **holder;
    partial_ = std::move(result.partial);
    stored_ = std::move(result.stored);
    dualcam::KeptFile known;
    if (result.overlap) {
      overlap_ = std::move(result.overlap->bytes);
      known = {result.size, result.overlap->offset, overlap_, stored_.has_value()};
    }
    end_ = known.size;
    tell([&](TransferOwner& owner) { owner.transfer_opened(known); });
  };
}

// ---- Receiving.

std::size_t Transfer::room() noexcept {
  const std::size_t limit = services_.chunks.scarce() ? held_limit_when_scarce : held_limit;
  const std::size_t held = pending_ + writing_;
  if (failed_) return limit;
  if (held < limit) return limit - held;
  told_full_ = true;
  return 0;
}

void Transfer::write(std::uint64_t offset, base::ByteView bytes) {
  if (failed_ || detached_) return;
  assert(offset == end_);
  (void)offset;
  end_ += bytes.size();
  pending_ += bytes.size();
  while (!bytes.empty()) {
    if (!filling_.bytes) filling_.bytes = services_.chunks.get();
    const std::size_t part = std::min(bytes.size(), chunk_size - filling_.size);
    std::memcpy(filling_.bytes.get() + filling_.size, bytes.data(), part);
    filling_.size += part;
    bytes = bytes.subspan(part);
    if (filling_.size == chunk_size) full_.push_back(std::exchange(filling_, {}));
  }
  if (!full_.empty()) kick();
}

base::Result<> Transfer::append(const std::deque<FilledChunk>& chunks) {
  for (const FilledChunk& chunk : chunks)
    if (auto appended = partial_->append({chunk.bytes.get(), chunk.size}); !appended) return appended;
  return {};
}

void Transfer::write_job() {
  auto batch = std::make_shared<std::deque<FilledChunk>>(std::exchange(full_, {}));
  writing_ = batch->size() * chunk_size;
  pending_ -= writing_;
  run(services_.pools.disk, [this, batch]() -> std::function<void()> {
    const base::Result<> appended = append(*batch);
    if (!appended && appended.error().code == base::Errc::corrupt) drop_partial();
    batch->clear();
    return [this, appended] { written(appended); };
  });
}

void Transfer::written(const base::Result<>& appended) {
  writing_ = 0;
  if (!appended) return fail(appended.error().message);
  if (std::exchange(told_full_, false)) tell([](TransferOwner& owner) { owner.transfer_writable(); });
}

// What contradicts itself never becomes right by trying again: it must not be there at the next attempt.
void Transfer::drop_partial() noexcept {
  partial_->discard();
  partial_.reset();
}

void Transfer::reset_buffers() noexcept {
  full_.clear();
  filling_ = {};
  end_ = 0;
  pending_ = 0;
}

void Transfer::fail(std::string reason) {
  failed_ = true;
  arrival_.reset();
  reset_buffers();
  tell([&](TransferOwner& owner) { owner.transfer_failed(reason); });
}

// ---- Starting over: a new file in the place of one that cannot be trusted.

void Transfer::start_over() {
  reset_buffers();
  restart_ = true;
  kick();
}

void Transfer::start_over_job(const std::string& rejected) {
  restart_ = false;
  run(services_.pools.disk, [this, rejected]() -> std::function<void()> {
    auto fresh = partial_ ? services_.intake.start_over(std::move(*partial_)) : services_.intake.fresh(identity_);
    partial_.reset();
    std::string problem;
    if (fresh)
      partial_ = std::move(*fresh);
    else
      problem = fresh.error().message;
    services_.pools.leaving.post([self = shared_from_this()] { self->services_.intake.forget_left(self->identity_); });
    return [this, problem] {
      stored_.reset();
      if (!problem.empty()) fail(problem);
    };
  });
}

// ---- Finishing.

void Transfer::finish(storage::Arrival arrival) {
  arrival_ = std::move(arrival);
  kick();
}

base::Result<> Transfer::write_tail() {
  if (filling_.size == 0) return {};
  return partial_->append({filling_.bytes.get(), filling_.size});
}

void Transfer::publish_job() {
  if (stored_) {
    // The device proved that it offers a file we have: nothing to do but to say so.
    busy_ = true;
    asio::post(context_, [self = shared_from_this()] {
      self->busy_ = false;
      self->arrival_.reset();
      self->tell([&](TransferOwner& owner) { owner.transfer_stored(*self->stored_, true); });
      self->kick();
    });
    return;
  }
  run(services_.pools.store, [this] {
    if (const auto written = write_tail(); !written) {
      if (written.error().code == base::Errc::corrupt) drop_partial();
      return published(std::unexpected(written.error()));
    }
    auto partial = std::move(*partial_);
    partial_.reset();
    return published(services_.intake.publish(std::move(partial), *arrival_));
  });
}

std::function<void()> Transfer::published(base::Result<std::variant<storage::Published, storage::NotWhole>> result) {
  // A dropped partial is fetched again on the same connection: the camera still has the file.
  std::string lost;
  if (!result && result.error().code == base::Errc::corrupt) {
    services_.intake.forget_left(identity_);
    if (auto fresh = services_.intake.fresh(identity_)) {
      lost = result.error().message;
      partial_ = std::move(*fresh);
    }
  }
  using Outcome = base::Result<std::variant<storage::Published, storage::NotWhole>>;
  auto outcome = std::make_shared<Outcome>(std::move(result));
  return [this, outcome, lost] {
    arrival_.reset();
    reset_buffers();
    if (!lost.empty()) return tell([&](TransferOwner& owner) { owner.transfer_not_whole(lost); });
    if (!*outcome) return fail(outcome->error().message);
    if (auto* whole = std::get_if<storage::Published>(&**outcome))
      return tell([&](TransferOwner& owner) { owner.transfer_stored(whole->media, whole->duplicate); });
    auto& not_whole = std::get<storage::NotWhole>(**outcome);
    partial_ = std::move(not_whole.fresh);
    tell([&](TransferOwner& owner) { owner.transfer_not_whole(not_whole.defect); });
  };
}

// ---- Leaving.

void Transfer::detach() {
  if (detached_) return;
  detached_ = true;
  kick();
}

void Transfer::leave_job() {
  left_ = true;
  if (!partial_) return let_go_job();
  run(services_.pools.disk, [this]() -> std::function<void()> {
    if (restart_ || !identity_.provable()) {
      drop_partial();
    } else if (!failed_) {
      base::Result<> kept = append(full_);
      if (kept) kept = write_tail();  // on an error the chunks written before still count
      if (!kept && kept.error().code == base::Errc::corrupt) drop_partial();
    }
    if (services_.nodes == nullptr) partial_.reset();
    return [this] {
      reset_buffers();
      let_go_job();
    };
  });
}

// Only now another connection may take the file, here or on another node.
void Transfer::let_go_job() {
  if (services_.nodes == nullptr || file_.empty()) return claim_.release();
  run(services_.pools.leaving, [this]() -> std::function<void()> {
    if (partial_) services_.intake.leave(std::move(*partial_));
    partial_.reset();
    services_.nodes->release(file_);
    claim_.release();
    return [] {};
  });
}

}  // namespace net
