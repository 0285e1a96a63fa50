// What the relay says of cameras that go away, and what it makes of datagrams that are none.
#include <fmt/format.h>

#include "tests/e2e/relay_fixture.hpp"

namespace e2e {

namespace {
std::string hex(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return text;
}
}  // namespace

TEST_F(Relay, D10ACameraThatGoesAwayIsTellablyOfflineAndComesBack) {
  std::optional<tests::Peer> camera(std::in_place, "edgertronic_camera.py", camera_flags(group(0)));
  const std::string http_port = camera->ready("http");
  start_relay(edgertronic("west", group(0)) + camera_of("west1", *camera));
  wait_camera("west", having({{"state", "online"}}));
  camera.reset();
  const Row away = wait_camera("west", having({{"state", "offline"}}));
  EXPECT_TRUE(away.text("reason").starts_with("west1: ")) << away.raw();
  EXPECT_TRUE(away.has("since") && away.number("since_s") >= 0) << away.raw();
  camera.emplace("edgertronic_camera.py", camera_flags(group(0), {"--http-port", http_port}));
  const Row back = wait_camera("west", having({{"state", "online"}}));
  EXPECT_FALSE(back.has("reason")) << back.raw();
  EXPECT_GT(back.text("since"), away.text("since"));
}

TEST_F(Relay, D10AllAreArmedAndReadyOrItIsSaidWhichIsNot) {
  std::optional<tests::Peer> camera(std::in_place, "edgertronic_camera.py", camera_flags(group(0)));
  tests::Peer gate("tv_ip400.py");
  start_relay(edgertronic("west", group(0)) + camera_of("west1", *camera) + trendnet("gate", gate));
  wait_camera("west", having({{"state", "online"}}));
  wait_camera("gate", having({{"state", "online"}}));
  const auto all = [this] { return ask("GET", "/api/v1/cameras").body; };
  EXPECT_EQ(all().text("ready"), "true") << all().raw();
  arm("target/gate", R"({"armed": false})");
  EXPECT_EQ(all().text("ready"), "false");
  EXPECT_EQ(all().text("not_ready.0.name"), "gate") << all().raw();
  arm("target/gate", R"({"armed": true})");
  EXPECT_EQ(all().text("ready"), "true") << all().raw();
  camera.reset();
  wait_camera("west", having({{"state", "offline"}}));
  EXPECT_EQ(all().text("ready"), "false");
  EXPECT_EQ(all().text("not_ready.0.name"), "west") << all().raw();
}

TEST_F(Relay, D14EachBadDatagramIsRefusedWithItsReasonAndTheListenersGoOn) {
  tests::Peer west("edgertronic_camera.py", camera_flags(group(0), {"--triggered-ms", "1", "--save-ms", "1"}));
  tests::Peer stage("shogun_stage.py", {"--to", listening()});
  start_relay(edgertronic("west", group(0), "repeat = 1") + edgertronic("field", group(1)) + shogun("stage", stage) +
              R"(
[[rule]]
name = "any"
when = { source = ["stage", "field"], kind = ["start", "trigger"] }
do = [ { target = "west", verb = "trigger", name = "{name}" } ]
)");
  const std::string root = "<CaptureStart>";
  const std::string end = "<Name VALUE=\"x\"/></CaptureStart>";
  std::string deep;
  for (const char* const tag : {"<a>", "</a>"})
    for (int n = 0; n < 500; ++n) deep += tag;
  const std::vector<std::pair<std::string, std::string>> bad{
      {"", "empty"},
      {"<!DOCTYPE x [<!ENTITY e \"aaaaaaaaaa\"><!ENTITY f \"&e;&e;&e;&e;\">]>" + root + end, "doctype"},
      {"<!DOCTYPE x SYSTEM \"file:///etc/hostname\">" + root + end, "doctype"},
      {root + deep + end, "too_deep"},
      {root + "<Notes VALUE=\"" + std::string(60'000, 'n') + "\"/>" + end, "too_long"},
      {root, "malformed"},
      {"<CapturePause>" + end, "malformed"},
      {"<Rewind/>", "unknown_root"},
      {"no document", "not_xml"},
      {std::string("\x05\xAA\x95\x44", 4), "edgertronic_trigger"},
  };
  std::size_t sent = 0;
  for (const auto& [bytes, code] : bad) {
    stage.ask(R"({"do": "raw", "hex": ")" + hex(bytes) + "\"}");
    ++sent;
    ASSERT_TRUE(tests::eventually([&] { return rows("outcome=refused").size() == sent; })) << code;
    const Row row = whole(rows("outcome=refused")[0]);
    EXPECT_EQ(row.text("kind"), code) << row.raw().substr(0, 500);
    EXPECT_TRUE(row.text("reason").ends_with(".")) << code;
  }
  EXPECT_EQ(metric(R"(dualcamd_relay_refused_total{protocol="shogun",reason="doctype"})"), 2);
  const GroupSender field(group(1), group_port);
  field.send("\x44\x95\xAA\x05");  // its bytes swapped
  ASSERT_TRUE(tests::eventually([&] { return rows("outcome=refused").size() == sent + 1; }));
  EXPECT_EQ(west.count("datagram"), 0U);

  stage.ask(R"({"do": "start", "name": "still_here", "delay": 0})");
  field.trigger("here_too");
  EXPECT_TRUE(west.wait_for(having({{"event", "datagram"}, {"name", "still_here"}})));
  EXPECT_TRUE(west.wait_for(having({{"event", "datagram"}, {"name", "here_too"}})));
}

TEST_F(Relay, D14WhatIsOfNoUseToAnyRuleIsCountedToo) {
  tests::Peer stage("shogun_stage.py", {"--to", listening()});
  start_relay(shogun("stage", stage, "flavour = \"xsens\""));
  stage.ask(R"({"do": "raw", "hex": ")" + hex("<IdentifyReq/>") + "\"}");
  const Row row = wait_row(having({{"outcome", "refused"}, {"kind", "no_event"}}));
  EXPECT_NE(row.text("reason").find("identify"), std::string::npos) << row.raw();
  EXPECT_EQ(metric(R"(dualcamd_relay_refused_total{protocol="shogun",reason="no_event"})"), 1);
}

TEST_F(Relay, D10AnswersThatCannotBeReadAreCounted) {
  tests::Peer camera("edgertronic_camera.py", camera_flags(group(0)));
  tests::Peer gate("tv_ip400.py", {"--fps", "20"});
  start_relay(edgertronic("west", group(0)) + camera_of("west1", camera) + trendnet("gate", gate));
  const auto errors = [this](const std::string& kind) {
    return metric("dualcamd_relay_http_errors_total{kind=\"" + kind + "\"}");
  };
  wait_camera("west", having({{"state", "online"}}));
  wait_camera("gate", having({{"state", "online"}}));
  EXPECT_EQ(errors("camapi"), 0);
  EXPECT_EQ(errors("mjpeg"), 0);
  camera.ask(R"({"do": "http", "fault": "garbage"})");
  EXPECT_TRUE(tests::eventually([&] { return errors("camapi") + errors("corrupt") > 0; }));
  camera.ask(R"({"do": "http", "fault": "wrong_type"})");
  EXPECT_TRUE(tests::eventually([&] { return errors("camapi") > 0; }));
  camera.ask(R"({"do": "http", "fault": "reset"})");
  EXPECT_TRUE(tests::eventually([&] { return errors("unavailable") > 0; }));
  gate.ask(R"({"do": "video", "truncate": 3})");
  gate.ask(R"({"do": "drop_streams"})");
  EXPECT_TRUE(tests::eventually([&] { return errors("mjpeg") > 0; }));
}

TEST_F(Relay, D15WhoIsNotAllowedIsNotHeard) {
  tests::Peer stage("shogun_stage.py", {"--to", listening()});
  start_relay(edgertronic("field", group(1), "allow = [\"127.0.0.1/32\"]") + shogun("stage", stage));
  GroupSender(group(1), group_port, "127.0.0.2").trigger("stranger");
  GroupSender(group(1), group_port).trigger("friend");
  EXPECT_EQ(wait_row(having({{"kind", "trigger"}})).text("fields.name"), "friend");
  EXPECT_EQ(rows().size(), 1U);
  EXPECT_EQ(wait_camera("field", having({})).integer("figures.foreign"), 1);
}

}  // namespace e2e
