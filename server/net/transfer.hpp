// One arriving file between its connection and the storage: gathers frames into chunks, hands them to the worker pools
// and brings the answers back to the connection's thread. At most one job of a transfer is under way at a time, so the
// spool's partial is never touched by two threads, and a transfer outlives its connection until its bytes are safe.
#pragma once

#include <asio/io_context.hpp>
#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/base/bytes.hpp"
#include "server/base/clock.hpp"
#include "server/base/worker_pool.hpp"
#include "server/dualcam/session.hpp"
#include "server/net/chunk_pool.hpp"
#include "server/net/claims.hpp"
#include "storage/intake.hpp"
#include "storage/nodes/nodes.hpp"

namespace net {

// Bytes of a transfer that only memory holds: one chunk is being written, one waits and one fills, so that a fast
// camera never waits for a disk that keeps up. One frame may come on top. It is all that kill -9 can cost.
constexpr std::size_t held_limit = 2 * chunk_size + chunk_size / 2;

// Each kind of work has threads of its own, so that one that is stuck holds up nothing but itself.
struct TransferPools {
  TransferPools(unsigned disk_threads, unsigned store_threads)
      : disk("disk", disk_threads),
        lookups("lookups", store_threads),
        store("store", store_threads),
        leaving("leaving", store_threads) {}
  // Drops what waits and waits for what runs: before what it works with is gone.
  void stop() {
    for (base::WorkerPool* pool : {&disk, &lookups, &store, &leaving}) pool->stop(longest_call);
  }
  // Beyond every patience of catalog and store.
  static constexpr std::chrono::minutes longest_call{5};

  base::WorkerPool disk;  // the spool: short writes, opening
  base::WorkerPool
      lookups;             // what catalog, store and other nodes know of a file; may be slow or stuck, as what follows
  base::WorkerPool store;  // publishing: fsync, object store, catalog
  base::WorkerPool leaving;  // unfinished files, for other nodes
};

// What transfers share in a server. All outlive every transfer; all thread-safe.
struct TransferServices {
  storage::Intake& intake;
  TransferPools& pools;
  ChunkPool& chunks;
  Claims& claims;
  storage::Nodes* nodes = nullptr;      // where other nodes take files of the same cameras
  std::atomic<std::int64_t> active{0};  // transfers that still have something to bring into safety
};

// The connection, told on its own thread. Not called after Transfer::detach().
class TransferOwner {
 public:
  virtual ~TransferOwner() = default;
  virtual void transfer_opened(const dualcam::KeptFile& kept) = 0;
  virtual void transfer_writable() = 0;  // room() may be more than 0 again
  virtual void transfer_stored(const storage::Media& media, bool duplicate) = 0;
  virtual void transfer_not_whole(const std::string& defect) = 0;  // the file is to come again, from the beginning
  virtual void transfer_failed(const std::string& reason) = 0;
  virtual void transfer_superseded() = 0;  // a newer connection wants this file
};

// Called on the connection's thread only, except where said.
class Transfer : public std::enable_shared_from_this<Transfer> {
 public:
  Transfer(asio::io_context& context, TransferServices& services, storage::FileIdentity identity,
           std::weak_ptr<TransferOwner> owner);
  ~Transfer();

  void open();
  // Bytes that the connection may read now; one frame may go beyond. While 0 it reads nothing: back-pressure down to
  // the camera. Whoever was told 0 is told transfer_writable() later.
  std::size_t room() noexcept;
  // Precondition: offset is where the last write ended. One copy, into a chunk.
  void write(std::uint64_t offset, base::ByteView bytes);
  void start_over();
  void finish(storage::Arrival arrival);
  // The connection ends or gives the file up: what is kept goes into the spool, then the claim is released.
  void detach();

  bool already_stored() const noexcept { return stored_.has_value(); }

 private:
  struct FilledChunk {
    Chunk bytes;
    std::size_t size = 0;
  };
  using Job = std::function<std::function<void()>()>;  // on a pool; what it returns runs on the connection's thread

  void run(base::WorkerPool& pool, Job job);
  template <class Answer>
  void ask_elsewhere(std::function<Answer()> question, std::function<void(Answer)> then);
  void kick();
  void claim_job();
  void other_nodes_hold(bool held);
  void look_job();
  void open_job(storage::Sighting sighting);
  void write_job();
  void start_over_job(const std::string& rejected);
  void publish_job();
  void leave_job();
  void let_go_job();
  std::function<void()> opened(base::Result<storage::Kept> kept);
  std::function<void()> published(base::Result<std::variant<storage::Published, storage::NotWhole>> result);
  base::Result<> append(const std::deque<FilledChunk>& chunks);
  base::Result<> write_tail();
  void written(const base::Result<>& appended);
  void reset_buffers() noexcept;
  void drop_partial() noexcept;
  void fail(std::string reason);
  template <class Call>
  void tell(Call&& call);

  asio::io_context& context_;
  TransferServices& services_;
  const storage::FileIdentity identity_;
  std::weak_ptr<TransferOwner> owner_;

  const std::string file_;  // the identity in one word
  Claim claim_;
  base::SteadyTime wait_until_{};            // no longer for another node to let the file go
  std::optional<storage::Partial> partial_;  // touched by the job under way, or by nobody
  std::optional<storage::Media> stored_;     // the file was here already
  base::Bytes overlap_;

  bool busy_ = false;   // a job is under way
  bool ready_ = false;  // opened
  bool failed_ = false;
  bool restart_ = false;
  bool detached_ = false;
  bool left_ = false;
  bool told_full_ = false;                   // room() was 0: transfer_writable() is due
  std::optional<storage::Arrival> arrival_;  // every byte is here: publish

  std::deque<FilledChunk> full_;
  FilledChunk filling_;
  std::uint64_t end_ = 0;    // where the next write() belongs
  std::size_t pending_ = 0;  // bytes in full_ and filling_
  std::size_t writing_ = 0;  // bytes in the write job under way
};

}  // namespace net
