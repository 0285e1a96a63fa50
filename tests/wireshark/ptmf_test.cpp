// PTMF opened as a file and inside the camera protocol; the program that installs the dissectors.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <filesystem>

#include "storage/formats/format.hpp"
#include "tests/unit/dualcam/device.hpp"
#include "tests/wireshark/capture.hpp"
#include "tests/wireshark/tshark.hpp"

namespace tests {
namespace {

using base::Bytes;
namespace camera = dualcam::test;
using camera::hex;

const Tshark::Words fields{"ptmf.type", "ptmf.sequence", "ptmf.len",     "ptmf.time",    "ptmf.width", "ptmf.height",
                           "ptmf.fps",  "ptmf.nal",      "ptmf.missing", "ptmf.skipped", "ptmf.sound", "_ws.lua.error"};

void append(Bytes& out, char type, std::uint32_t sequence, std::uint64_t time, const Bytes& payload) {
  storage::append_ptmf_record(out,
                              {.type = type,
                               .frames_per_second = 20,
                               .width = 1280,
                               .height = 720,
                               .sequence = sequence,
                               .payload_size = static_cast<std::uint32_t>(payload.size()),
                               .timestamp_us = time},
                              payload);
}

Bytes clip() {
  Bytes all;
  append(all, 'I', 5, 5'000'000'000, hex("0000000140aa 0000000142bb 0000000144cc 0000000126dd"));
  append(all, 'A', 9, 5'000'000'100, hex("0001a000d5d5d5"));
  append(all, 'P', 6, 5'000'033'400, hex("0000000102ee"));
  append(all, 'P', 9, 5'000'133'400, hex("0000000102ff"));
  return all;
}

void expect_clip(const std::vector<Row>& rows) {
  EXPECT_EQ(column(rows, "ptmf.type"), "I,A,P,P");
  EXPECT_EQ(column(rows, "ptmf.sequence"), "5,9,6,9");
  EXPECT_EQ(column(rows, "ptmf.len"), "24,7,6,6");
  EXPECT_EQ(column(rows, "ptmf.time"), "5000000000,5000000100,5000033400,5000133400");
  EXPECT_EQ(column(rows, "ptmf.width"), "1280,1280,1280,1280");
  EXPECT_EQ(column(rows, "ptmf.height"), "720,720,720,720");
  EXPECT_EQ(column(rows, "ptmf.fps"), "20,20,20,20");
  EXPECT_EQ(column(rows, "ptmf.nal"), "32,33,34,19,1,1");
  EXPECT_EQ(column(rows, "ptmf.sound"), "d5d5d5");
  EXPECT_EQ(column(rows, "ptmf.missing"), "2");
  EXPECT_EQ(column(rows, "_ws.lua.error"), "");
}

TEST(WiresharkPtmf, AFileIsAPacketForEachRecord) {
  NEEDS_TSHARK();
  Tshark tshark;
  for (const Tshark::Words& passes : {Tshark::Words{}, Tshark::Words{"-2"}}) {
    const auto rows = tshark.rows(clip(), fields, passes, "ptmf");
    EXPECT_EQ(rows.size(), 4u);
    expect_clip(rows);
  }
}

TEST(WiresharkPtmf, DamageIsSteppedOver) {
  NEEDS_TSHARK();
  Bytes damaged = clip();
  const Bytes noise = hex("0102030405");
  damaged.insert(damaged.begin() + 36 + 24, noise.begin(), noise.end());
  damaged.resize(damaged.size() - 3);
  Tshark tshark;
  const auto rows = tshark.rows(damaged, fields, {}, "ptmf");
  EXPECT_EQ(column(rows, "ptmf.type"), "I,A,P,P");
  EXPECT_EQ(column(rows, "ptmf.skipped"), "0102030405");
  EXPECT_EQ(column(rows, "_ws.lua.error"), "");
}

TEST(WiresharkPtmf, AVideoOfACameraIsTakenApartAtItsLastData) {
  NEEDS_TSHARK();
  const Bytes video = clip();
  Capture capture;
  capture.device(camera::init(camera::videof));
  capture.server(hex("0008000725766964656f66"));
  capture.device(camera::start(1));
  capture.server(hex("0002000400000001"));
  capture.device(camera::join({camera::sync(1), camera::data(video, camera::reference_crc(0, video))}));
  Tshark tshark;
  const auto rows = tshark.rows(capture.file(), fields, {"-2"});
  ASSERT_EQ(rows.size(), 5u);
  EXPECT_EQ(rows[4].at("ptmf.type"), "I,A,P,P");
  expect_clip(rows);
}

TEST(WiresharkInstall, InstallsAndRemoves) {
  NEEDS_TSHARK();
  Tshark tshark;
  tshark.from_checkout = false;
  const std::string install = std::string(DISSECTORS) + "/install";
  EXPECT_NE(tshark.call({install, "--help"}).find("--uninstall"), std::string::npos);
  tshark.call({install, "--nonsense"}, 2);
  const std::string said = tshark.call({install});
  EXPECT_NE(said.find("installed " + tshark.folder().path().string()), std::string::npos) << said;
  EXPECT_EQ(tshark.call({install, "--check"}), "tshark knows dualcam and ptmf.\n");
  EXPECT_EQ(tshark.rows(clip(), fields, {}, "ptmf").size(), 4u);
  tshark.call({install});  // again: up to date
  // Installed and named on the command line: once is enough.
  tshark.from_checkout = true;
  EXPECT_EQ(tshark.rows(clip(), fields, {}, "ptmf").size(), 4u);

  EXPECT_NE(tshark.call({install, "--uninstall"}).find("removed "), std::string::npos);
  EXPECT_NE(tshark.call({install, "--uninstall"}).find("Nothing to remove"), std::string::npos);
  tshark.call({install, "--check"}, 1);
}

}  // namespace
}  // namespace tests
