// One file on its way through Transfer: real spool and intake over a file system, a store and a catalog that fail when
// told to, pools of one thread that can be held up, and an owner that remembers what it was told.
#pragma once

#include <gtest/gtest.h>

#include <latch>
#include <optional>

#include "server/net/transfer.hpp"
#include "tests/support/eventually.hpp"
#include "tests/unit/storage/arrival.hpp"
#include "tests/unit/storage/intake_fakes.hpp"
#include "tests/unit/storage/memory_file_system.hpp"

namespace net {

struct Owner final : TransferOwner {
  void transfer_opened(const dualcam::KeptFile& known) override {
    opened = true;
    kept = known;
    overlap.assign(known.overlap.begin(), known.overlap.end());
  }
  void transfer_writable() override { ++writable; }
  void transfer_stored(const storage::Media& media, bool again) override {
    stored = media;
    duplicate = again;
  }
  void transfer_not_whole(const std::string& what) override { defect = what; }
  void transfer_failed(const std::string& why) override { failure = why; }
  void transfer_superseded() override { ++superseded; }

  bool opened = false;
  dualcam::KeptFile kept;
  base::Bytes overlap;
  int writable = 0;
  std::optional<storage::Media> stored;
  bool duplicate = false;
  std::string defect;
  std::string failure;
  int superseded = 0;
};

// Holds up a pool of one thread as long as it lives.
class HeldUp {
 public:
  explicit HeldUp(base::WorkerPool& pool) {
    auto go = go_;
    pool.post([go] { go->wait(); });
  }
  HeldUp(const HeldUp&) = delete;
  HeldUp& operator=(const HeldUp&) = delete;
  ~HeldUp() { go_->count_down(); }

 private:
  std::shared_ptr<std::latch> go_ = std::make_shared<std::latch>(1);
};

class TransferFixture : public testing::Test {
 protected:
  struct Side {
    std::shared_ptr<Owner> owner;
    std::shared_ptr<Transfer> transfer;
  };

  TransferFixture() { EXPECT_TRUE(storage::make_directories(files, "/objects")); }
  ~TransferFixture() override { pools.stop(); }

  // A transfer that was not opened yet.
  Side make() {
    Side side{std::make_shared<Owner>(), nullptr};
    side.transfer = std::make_shared<Transfer>(context, services, identity, side.owner);
    return side;
  }
  // An opened one.
  Side opened() {
    Side side = make();
    side.transfer->open();
    EXPECT_TRUE(run_until([&] { return side.owner->opened || !side.owner->failure.empty(); }));
    return side;
  }
  // Frame by frame, as a connection does, with back-pressure.
  void write(const Side& side, base::ByteView bytes, std::uint64_t from, std::uint64_t to) {
    for (std::uint64_t at = from; at < to; at += frame) {
      ASSERT_TRUE(run_until([&] { return side.transfer->room() > 0; }));
      side.transfer->write(at, bytes.subspan(at, std::min<std::uint64_t>(frame, to - at)));
    }
  }
  void finish(const Side& side, std::uint64_t bytes) { side.transfer->finish(storage_arrival(bytes)); }
  storage::Arrival storage_arrival(std::uint64_t bytes) const {
    auto arrival = arrival_of(identity, bytes);
    arrival.media.received_at = base::utc_now();
    return arrival;
  }

  void leave(Side& side) {
    side.transfer->detach();
    side.transfer.reset();
    EXPECT_TRUE(settled());
  }
  // Every transfer has brought its bytes into safety and is gone.
  bool settled() {
    return run_until([&] { return services.active.load() == 0; });
  }
  template <class Condition>
  bool run_until(Condition&& condition) {
    return tests::eventually([&] {
      context.restart();
      context.run_for(std::chrono::milliseconds{1});
      return condition();
    });
  }

  // What a new connection finds.
  std::uint64_t kept_bytes() {
    Side side = opened();
    const std::uint64_t size = side.owner->kept.complete ? 0 : side.owner->kept.size;
    leave(side);
    return size;
  }
  base::Bytes object(const std::string& key) {
    const auto reader = *objects.open(key);
    base::Bytes bytes(reader->size());
    for (std::size_t done = 0; done < bytes.size();) done += *reader->read_at(done, std::span(bytes).subspan(done));
    return bytes;
  }
  void expect_stored_once(base::ByteView bytes) {
    ASSERT_EQ(catalog.rows.size(), 1U);
    EXPECT_EQ(object(catalog.rows[0].object_key), base::Bytes(bytes.begin(), bytes.end()));
    EXPECT_EQ(objects.keys().size(), 1U);
  }

  static constexpr std::uint64_t frame = 1024;

  MemoryFileSystem files;
  std::unique_ptr<storage::Spool> spool = std::move(*storage::Spool::open("/spool", files));
  LinkingObjects objects{files};
  ListCatalog catalog;
  storage::Intake intake{*spool, objects, catalog};
  asio::io_context context;
  TransferPools pools{1, 1};
  ChunkPool chunks{64 << 20};
  Claims claims;
  TransferServices services{intake, pools, chunks, claims};
  const base::Bytes file = noise(100'000);
  storage::FileIdentity identity = packets_identity(file.size());
};

}  // namespace net
