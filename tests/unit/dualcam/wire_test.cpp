// Frames byte by byte, both directions, against hand-made bytes of every kind.
#include "server/dualcam/wire.hpp"

#include <gtest/gtest.h>

#include "tests/unit/dualcam/device.hpp"

namespace dualcam {
namespace {

using base::as_bytes;
using base::to_hex;
using test::hex;

TEST(Wire, ServersFrames) {
  EXPECT_EQ(to_hex(encode_close().view()), "00000000");
  EXPECT_EQ(to_hex(encode_resume(1).view()), "0002000400000001");
  EXPECT_EQ(to_hex(encode_resume(0xfedcba98).view()), "00020004fedcba98");
  EXPECT_EQ(to_hex(encode_status(0).view()), "0005000400000000");
  EXPECT_EQ(to_hex(encode_status(0x11).view()), "0005000400000011");
  EXPECT_EQ(to_hex(encode_file_request(as_bytes("%photof")).view()), "000800072570686f746f66");
  EXPECT_EQ(to_hex(encode_init_repeat().view()), "0009");
  EXPECT_EQ(to_hex(encode_meta_request(as_bytes("%videof")).view()), "000a000725766964656f66");
  EXPECT_EQ(to_hex(encode_meta_request({}).view()), "000a0000");
  EXPECT_EQ(to_hex(encode_path_request().view()), "000c00020000");
  // The path is echoed with its NUL.
  constexpr std::string_view path("dsm/picture/261121/101500.jpg\0", 30);
  EXPECT_EQ(to_hex(encode_file_request(as_bytes(path)).view()),
            "0008001e64736d2f706963747572652f3236313132312f3130313530302e6a706700");
}

TEST(Wire, TheLongestPathFits) {
  const base::Bytes path(max_path_length + 1, 'a');
  const Frame frame = encode_file_request(path);
  EXPECT_EQ(frame.view().size(), header_size + path.size());
  EXPECT_EQ(to_hex(frame.view().first(4)), "00080100");
}

TEST(Wire, DevicesFrames) {
  EXPECT_EQ(to_hex(encode_init({5, test::device_imei, 0x44000400}).view()), "000000050001440f32b2173544000400");
  EXPECT_EQ(to_hex(encode_start({30, 0}).view()), "000100060000001e0000");
  EXPECT_EQ(to_hex(encode_sync(1).view()), "0003000400000001");
  constexpr std::string_view path("dsm/picture/261121/101500.jpg\0", 30);
  EXPECT_EQ(to_hex(encode_path(as_bytes(path)).view()),
            "000d001e64736d2f706963747572652f3236313132312f3130313530302e6a706700");
  base::Bytes out = hex("ff");
  append_meta(out, hex("01040000019a7afd1e7b090000"));
  EXPECT_EQ(to_hex(out), "ff000b000d01040000019a7afd1e7b090000");
  base::Bytes last(300);
  for (std::size_t i = 0; i < last.size(); ++i) last[i] = static_cast<std::uint8_t>(i * i);
  out.clear();
  append_data(out, last, 0x6443);
  EXPECT_EQ(to_hex(base::ByteView(out).first(20)), "0004012e00010409101924314051647990a9c4e1");
  EXPECT_EQ(to_hex(base::ByteView(out).last(2)), "6443");
  EXPECT_EQ(out.size(), 4u + 300 + 2);
  out.clear();
  append_enhanced_data(out, 0x400, hex("aabb"), 0x1234);
  EXPECT_EQ(to_hex(out), "000e000800000400aabb1234");
}

TEST(Wire, InitIsReadAsItIsSent) {
  const Init init = parse_init(hex("00000005 0001440f32b21735 7c000400"));
  EXPECT_EQ(init.protocol, 5);
  EXPECT_EQ(init.imei, 356307042441013u);
  for (const FileClass file_class :
       {FileClass::photo_front, FileClass::photo_rear, FileClass::video_front, FileClass::video_rear})
    EXPECT_TRUE(init.waiting(file_class));
  EXPECT_FALSE(init.waiting(FileClass::path));
  EXPECT_FALSE(init.enhanced());
  EXPECT_TRUE(parse_init(hex("00000006 0001440f32b21735 42000400")).enhanced());
  EXPECT_TRUE(parse_init(hex("00000005 0001440f32b21735 42000400")).waiting(FileClass::path));
  for (const FileClass file_class : all_file_classes)
    EXPECT_FALSE(parse_init(hex("00000005 0001440f32b21735 40000400")).waiting(file_class));
}

TEST(Wire, ClassesHaveBitsIdentifiersAndNames) {
  struct Row {
    FileClass file_class;
    std::uint32_t bit;
    std::string_view identifier;
    std::string_view name;
  };
  for (const Row& row :
       {Row{FileClass::video_rear, 1U << 29, "%videor", "videor"},
        Row{FileClass::video_front, 1U << 28, "%videof", "videof"},
        Row{FileClass::photo_rear, 1U << 27, "%photor", "photor"},
        Row{FileClass::photo_front, 1U << 26, "%photof", "photof"}, Row{FileClass::path, 1U << 25, "", "path"}}) {
    EXPECT_EQ(settings_bit(row.file_class), row.bit);
    EXPECT_EQ(identifier(row.file_class), row.identifier);
    EXPECT_EQ(to_string(row.file_class), row.name);
    EXPECT_EQ(parse_file_class(row.name), row.file_class);
  }
  EXPECT_EQ(parse_file_class("%photof"), std::nullopt);
  EXPECT_EQ(parse_file_class(""), std::nullopt);
  EXPECT_EQ(camera_of(FileClass::photo_rear), base::Camera::rear);
  EXPECT_EQ(camera_of(FileClass::path), base::Camera::unknown);
  EXPECT_EQ(kind_of(FileClass::video_front), base::MediaKind::video);
  EXPECT_EQ(kind_of(FileClass::path), base::MediaKind::other);
}

TEST(Wire, CommandsHaveNames) {
  const std::string_view names[]{
      "CLOSE",    "START",       "RESUME",   "SYNC", "DATA",     "STATUS", "unknown command", "unknown command",
      "FILE REQ", "INIT REPEAT", "META REQ", "META", "PATH REQ", "PATH",   "ENHANCED DATA",   "unknown command"};
  for (std::uint16_t id = 0; id < std::size(names); ++id) EXPECT_EQ(to_string(static_cast<Command>(id)), names[id]);
}

TEST(Wire, OnlySomeCommandsComeFromADevice) {
  for (unsigned id = 0; id <= 0xffff; ++id) {
    const bool expected = id == 1 || id == 3 || id == 4 || id == 5 || id == 0xb || id == 0xd || id == 0xe;
    ASSERT_EQ(is_device_command(static_cast<std::uint16_t>(id)), expected) << id;
  }
}

}  // namespace
}  // namespace dualcam
