// ChunkPool, LiveTransfers: the small parts that connections share.
#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "server/net/chunk_pool.hpp"
#include "server/net/live_transfers.hpp"
#include "tests/support/samples.hpp"

namespace net {
namespace {

TEST(ChunkPool, UsesChunksAgain) {
  ChunkPool pool(1 << 20);
  const std::uint8_t* first = nullptr;
  {
    const Chunk chunk = pool.get();
    first = chunk.get();
    chunk[0] = 1;
    chunk[chunk_size - 1] = 2;  // all of it may be written
    EXPECT_EQ(pool.bytes_in_use(), chunk_size);
  }
  EXPECT_EQ(pool.bytes_in_use(), 0U);
  EXPECT_EQ(pool.get().get(), first);
}

TEST(ChunkPool, IsScarceBeyondItsBudget) {
  ChunkPool pool(2 * chunk_size);
  std::vector<Chunk> chunks;
  chunks.push_back(pool.get());
  chunks.push_back(pool.get());
  EXPECT_FALSE(pool.scarce());
  chunks.push_back(pool.get());  // still given: scarcity is a request, no refusal
  EXPECT_TRUE(pool.scarce());
  EXPECT_NE(chunks[0].get(), chunks[2].get());
  chunks.pop_back();
  EXPECT_FALSE(pool.scarce());
}

TEST(ChunkPool, ManyThreads) {
  ChunkPool pool(1 << 20);
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread)
    threads.emplace_back([&] {
      std::vector<Chunk> held;
      for (int i = 0; i < 3000; ++i) {
        held.push_back(pool.get());
        held.back()[0] = static_cast<std::uint8_t>(i);
        if (held.size() == 100) held.clear();
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(pool.bytes_in_use(), 0U);
}

TEST(LiveTransfers, SnapshotsAreNewestFirstAndCurrent) {
  LiveTransfers live;
  const auto older = std::make_shared<LiveTransfer>(tests::transfer(tests::device(), tests::at(0)));
  const auto newer = std::make_shared<LiveTransfer>(tests::transfer(tests::device(1), tests::at(1)));
  live.add(older);
  live.add(newer);
  older->state = LiveState::finishing;
  older->offset_start = 1;
  older->offset = 2;
  older->received = 3;
  older->rate = 4.5;
  older->stalls = 5;
  older->resumes = 6;
  older->bad_crcs = 7;
  older->salvaged = 8;
  older->updated_ms = tests::at(9).time_since_epoch().count();
  const auto all = live.snapshot();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].imei, tests::device(1));
  EXPECT_EQ(all[0].state, "requesting");
  EXPECT_TRUE(all[0].live);
  const storage::Transfer& shown = all[1];
  EXPECT_EQ(shown.state, "finishing");
  EXPECT_EQ(shown.offset_start, 1U);
  EXPECT_EQ(shown.offset, 2U);
  EXPECT_EQ(shown.bytes_received, 3U);
  EXPECT_EQ(shown.bytes_per_second, 4.5);
  EXPECT_EQ(shown.stalls, 5U);
  EXPECT_EQ(shown.resumes, 6U);
  EXPECT_EQ(shown.bad_crcs, 7U);
  EXPECT_EQ(shown.salvaged, 8U);
  EXPECT_EQ(shown.updated_at, tests::at(9));
  live.remove(newer);
  live.remove(newer);
  EXPECT_EQ(live.size(), 1U);
}

TEST(LiveTransfers, WhatHasEndedIsShownWithItsEndUntilItIsRemoved) {
  LiveTransfers live;
  const auto entry = std::make_shared<LiveTransfer>(tests::transfer());
  live.add(entry);
  storage::Transfer record = entry->snapshot();
  record.live = false;
  record.state = "interrupted";
  record.reason = "the camera is gone";
  live.end(entry, std::make_shared<const storage::Transfer>(record));
  entry->state = LiveState::receiving;  // too late
  const auto all = live.snapshot();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].state, "interrupted");
  EXPECT_EQ(all[0].reason, "the camera is gone");
  EXPECT_FALSE(all[0].live);
  live.remove(entry);
  EXPECT_EQ(live.size(), 0U);
  live.end(entry, std::make_shared<const storage::Transfer>(record));
  EXPECT_EQ(live.size(), 0U) << "an end brings nothing back";
}

}  // namespace
}  // namespace net
