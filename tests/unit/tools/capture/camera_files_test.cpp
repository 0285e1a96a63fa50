// Files put together from simulated sessions whose packets were lost, doubled, reordered and cut on the way into the
// capture: each is what was sent, or says what it lacks.
#include "tools/capture/camera_files.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "server/pcapng/block.hpp"
#include "server/pcapng/conversation.hpp"
#include "tests/unit/tools/capture/session_run.hpp"

namespace captures::test {
namespace {

using base::Bytes;

struct Kind {
  std::string name;
  sim::CameraOptions options;
};

std::vector<Kind> kinds() {
  std::vector<Kind> all;
  const std::uint64_t imei = 356307042441013;
  for (int version = 1; version <= 4; ++version)
    all.push_back({fmt::format("identifiers, version {}", version), {.imei = imei, .meta_version = version}});
  all.push_back({"ADAS", {.imei = imei, .dialect = sim::Dialect::paths}});
  all.push_back({"DSM", {.imei = imei, .dialect = sim::Dialect::paths, .dsm = true}});
  all.push_back({"enhanced", {.imei = imei, .dialect = sim::Dialect::enhanced}});
  return all;
}

SessionRun run_of(const Kind& kind, const sim::FaultOptions& faults, std::uint64_t seed, unsigned videos) {
  sim::CameraOptions options = kind.options;
  options.seed = seed;
  return {options, faults, {.photos = 2, .videos = videos, .seed = seed, .first_capture_ms = 1'700'000'000'000}};
}

// Whether `file` is `sent`, but for what it says is missing.
bool agrees(const CameraFile& file, const Bytes& sent) {
  if (file.bytes.size() > sent.size() || (file.size && *file.size != sent.size())) return false;
  std::size_t at = 0;
  const auto equal_up_to = [&](std::size_t end) {
    end = std::min(end, file.bytes.size());
    const bool equal = at >= end || std::equal(file.bytes.begin() + static_cast<std::ptrdiff_t>(at),
                                               file.bytes.begin() + static_cast<std::ptrdiff_t>(end),
                                               sent.begin() + static_cast<std::ptrdiff_t>(at));
    return equal;
  };
  for (const Range& range : file.missing) {
    if (!equal_up_to(range.begin)) return false;
    // What is said to be missing is zeros, and not more than there could be.
    for (std::size_t n = range.begin; n < std::min<std::size_t>(range.end, file.bytes.size()); ++n)
      if (file.bytes[n] != 0) return false;
    at = range.end;
  }
  const bool rest_is_known = at >= file.bytes.size() || equal_up_to(file.bytes.size());
  const bool end_is_known = file.bytes.size() == sent.size() || !file.complete();
  return rest_is_known && end_is_known;
}

bool is_one_of(const CameraFile& file, const SessionRun& run) {
  const auto fits = [&](const Bytes& sent) { return agrees(file, sent); };
  return std::ranges::any_of(run.acknowledged, fits) || std::ranges::any_of(run.abandoned, fits);
}

std::vector<CameraFile> files_in(const std::vector<Raw>& packets) {
  return camera_files(capture_of(pcap(packets)));
}

// Everything that was acknowledged is there, whole, and nothing else is.
void expect_everything(const std::vector<CameraFile>& files, const SessionRun& run) {
  std::vector<Bytes> found;
  for (const CameraFile& file : files) {
    EXPECT_TRUE(is_one_of(file, run)) << to_string(file.file_class) << " of " << file.bytes.size();
    EXPECT_EQ(file.acknowledged, file.complete()) << file.bytes.size();
    if (file.complete()) found.push_back(file.bytes);
  }
  std::vector<Bytes> expected = run.acknowledged;
  std::ranges::sort(found);
  std::ranges::sort(expected);
  EXPECT_EQ(found.size(), expected.size());
  EXPECT_TRUE(found == expected);
}

// ---- What happens to packets on the way into a capture.

struct Impairment {
  double lost = 0, doubled = 0, cut = 0;
  bool reordered = false;  // by a network, in one direction: nobody answers what has not come
  bool shuffled = false;   // by what captures, in both
};

std::vector<Raw> impaired(std::vector<Wire> packets, const Impairment& how, std::mt19937_64& random) {
  std::uniform_real_distribution<double> dice(0, 1);
  std::vector<Wire> out;
  for (Wire& packet : packets) {
    if (dice(random) < how.lost) continue;
    if (dice(random) < how.cut) {
      packet.raw.length = packet.raw.bytes.size();
      packet.raw.bytes.resize(random() % packet.raw.bytes.size());
    }
    out.push_back(packet);
    if (dice(random) < how.doubled) out.push_back(packet);
    // A segment sent again later, too.
    if (out.size() > 8 && dice(random) < how.doubled) out.push_back(out[out.size() - 8]);
  }
  for (std::size_t begin = 0; (how.reordered || how.shuffled) && begin < out.size();) {
    std::size_t end = begin;
    while (end < out.size() && end < begin + 16 && out[end].connection == out[begin].connection &&
           (how.shuffled || out[end].from_device == out[begin].from_device))
      ++end;
    std::shuffle(out.begin() + static_cast<std::ptrdiff_t>(begin), out.begin() + static_cast<std::ptrdiff_t>(end),
                 random);
    begin = end;
  }
  return in_time(std::move(out));
}

std::vector<sim::FaultOptions> every_fault() {
  std::vector<sim::FaultOptions> all{sim::FaultOptions::none(), sim::FaultOptions::all()};
  all.back().scale(3);
  for (std::size_t n = 0; n < sim::fault_kinds; ++n) {
    sim::FaultOptions one;
    one.probability[n] = 0.2;
    one.cap = 3;
    all.push_back(one);
  }
  return all;
}

TEST(CameraFiles, OfEveryDialectAndFaultDoubledAndReordered) {
  for (const Kind& kind : kinds()) {
    std::uint64_t seed = 0;
    for (const sim::FaultOptions& faults : every_fault()) {
      SCOPED_TRACE(fmt::format("{}, seed {}", kind.name, ++seed));
      SessionRun run = run_of(kind, faults, seed, seed % 6 == 0 ? 1 : 0);
      ASSERT_TRUE(run.run());
      ASSERT_FALSE(run.acknowledged.empty());
      std::mt19937_64 random(seed);
      const auto packets =
          packets_of(run.said, 200 + random() % 1300, static_cast<std::uint32_t>(0U - random() % 60'000));
      expect_everything(files_in(in_time(packets)), run);
      expect_everything(files_in(impaired(packets, {.doubled = 0.2, .reordered = true}, random)), run);
      expect_everything(files_in(impaired(packets, {.doubled = 0.2, .shuffled = true}, random)), run);
      if (::testing::Test::HasFailure()) return;
    }
  }
}

TEST(CameraFiles, WithLossesAreWhatWasSentOrSayWhatTheyLack) {
  std::uint64_t complete = 0, incomplete = 0, known = 0, sent = 0;
  for (const Kind& kind : kinds()) {
    std::uint64_t seed = 100;
    for (const sim::FaultOptions& faults : every_fault()) {
      SessionRun run = run_of(kind, faults, ++seed, 0);
      ASSERT_TRUE(run.run());
      for (std::uint64_t round = 0; round < 6; ++round) {
        SCOPED_TRACE(fmt::format("{}, seed {}, round {}", kind.name, seed, round));
        std::mt19937_64 random(seed * 100 + round);
        const double share = round % 2 == 0 ? 0.004 : 0.05;
        const Impairment how{.lost = share,
                             .doubled = 0.05,
                             .cut = round > 2 ? share : 0,
                             .reordered = round == 4,
                             .shuffled = round == 5};
        const auto packets = packets_of(run.said, 1400, static_cast<std::uint32_t>(random()));
        for (const CameraFile& file : files_in(impaired(packets, how, random))) {
          ASSERT_TRUE(is_one_of(file, run))
              << fmt::format("{} with {} bytes, {} missing ranges, complete {}", to_string(file.file_class),
                             file.bytes.size(), file.missing.size(), file.complete());
          ++(file.complete() ? complete : incomplete);
          known += file.bytes.size();
          for (const Range& range : file.missing)
            if (range.begin < file.bytes.size())
              known -= std::min<std::uint64_t>(range.end, file.bytes.size()) - range.begin;
        }
        for (const Bytes& file : run.acknowledged) sent += file.size();
      }
    }
  }
  // It is no test where nothing is found.
  EXPECT_GT(complete, 300U);
  EXPECT_GT(incomplete, 300U);
  EXPECT_GT(known, sent / 3);
}

// ---- The end of a capture, anywhere.

TEST(CameraFiles, ACaptureCutAnywhereClaimsNoFileItHasNot) {
  for (const Kind& kind : {kinds().front(), kinds().back()}) {
    SessionRun run = run_of(kind, sim::FaultOptions::none(), 5, 0);
    ASSERT_TRUE(run.run());
    const Bytes file = pcap(in_time(packets_of(run.said, 1400, 1)));
    std::size_t whole = 0;
    for (std::size_t size = 24; size <= file.size(); size += size < 2000 || size + 2000 > file.size() ? 1 : 977) {
      const auto files = camera_files(capture_of(base::ByteView(file).first(size)));
      std::size_t complete = 0;
      for (const CameraFile& one : files) {
        ASSERT_TRUE(is_one_of(one, run)) << size;
        complete += one.complete() ? 1 : 0;
      }
      ASSERT_GE(complete, whole) << size;
      whole = complete;
    }
    EXPECT_EQ(whole, run.acknowledged.size());
  }
}

// ---- The beginning of a capture in the middle of a connection.

TEST(CameraFiles, ACaptureThatBeginsAnywhereSaysWhatItHasNot) {
  for (const Kind& kind : {kinds().front(), kinds()[4], kinds().back()}) {
    SessionRun run = run_of(kind, sim::FaultOptions::none(), 7, 0);
    ASSERT_TRUE(run.run());
    const auto packets = packets_of(run.said, 700, 1);
    std::size_t fewest = run.acknowledged.size();
    for (std::size_t first = 1; first < packets.size(); ++first) {
      const auto files = files_in(in_time({packets.begin() + static_cast<std::ptrdiff_t>(first), packets.end()}));
      std::size_t complete = 0;
      for (const CameraFile& one : files) {
        ASSERT_TRUE(is_one_of(one, run)) << kind.name << " from packet " << first;
        complete += one.complete() ? 1 : 0;
      }
      ASSERT_LE(complete, fewest) << first;
      fewest = complete;
    }
    EXPECT_EQ(fewest, 0U);
  }
}

// ---- What the server itself records.

TEST(CameraFiles, OfARecordingWithAGap) {
  SessionRun run = run_of(kinds().front(), sim::FaultOptions::none(), 9, 0);
  ASSERT_TRUE(run.run());
  for (const bool gap : {false, true}) {
    Bytes file;
    pcapng::append_section(file, {});
    pcapng::append_interface(file, "test");
    pcapng::TcpConversation conversation({device, server});
    pcapng::Time time{std::chrono::seconds{1}};
    std::size_t frames = 0;
    for (const Said& one : run.said) {
      time += std::chrono::microseconds{1};
      const auto direction = one.from_device ? pcapng::Direction::from_device : pcapng::Direction::to_device;
      if (one.what == Said::What::open) conversation.open(file, time);
      if (one.what != Said::What::bytes) continue;
      if (gap && one.from_device && one.bytes.size() == 1030 && ++frames == 3)
        conversation.gap(file, time, direction, one.bytes.size(), "left out");
      else
        conversation.data(file, time, direction, one.bytes);
    }
    conversation.close(file, time, pcapng::TcpConversation::End::by_device);
    const auto files = camera_files(capture_of(file));
    ASSERT_EQ(files.size(), run.acknowledged.size());
    if (!gap) {
      expect_everything(files, run);
      continue;
    }
    // Behind the gap there is no SYNC: nothing more of this file can be believed.
    EXPECT_FALSE(files[0].complete());
    EXPECT_TRUE(files[0].acknowledged);
    ASSERT_EQ(files[0].missing.size(), 1U);
    EXPECT_EQ(files[0].missing[0], (Range{2048, std::uint64_t{files[0].start.size} * 1024}));
    EXPECT_EQ(files[0].bytes.size(), 2048U);
    EXPECT_TRUE(files[1].complete());
  }
}

}  // namespace
}  // namespace captures::test
