#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "bench.hpp"
#include "server/relay/mavlink/camera/definition.hpp"
#include "server/relay/mavlink/camera/vehicle_stub.hpp"

namespace mavlink::camera {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(CameraDescription, WhatCannotBeServedIsRefusedWithASentence) {
  EXPECT_TRUE(check(full_description()));
  const std::vector<std::function<void(Description&)>> faults{
      [](auto& d) { d.address.system = 0; },
      [](auto& d) { d.vendor.clear(); },
      [](auto& d) { d.vendor.assign(32, 'v'); },
      [](auto& d) { d.model.clear(); },
      [](auto& d) { d.model.assign(32, 'm'); },
      [](auto& d) { d.definition_uri.assign(140, 'u'); },
      [](auto& d) { d.storages.clear(); },
      [](auto& d) { d.storages.resize(256); },
      [](auto& d) { d.storages[0].name.assign(32, 's'); },
      [](auto& d) { d.capabilities |= capability::tracking_point; },
      [](auto& d) { d.zoom_types = 0; },
      [](auto& d) { d.focus_types = 0; },
      [](auto& d) { d.capabilities &= ~std::uint32_t{capability::basic_zoom}; },
      [](auto& d) { d.shortest_interval = milliseconds{0}; },
      [](auto& d) { d.streams.resize(256); },
      [](auto& d) { d.streams[1].name = d.streams[0].name; },
      [](auto& d) { d.streams[0].name.clear(); },
      [](auto& d) { d.streams[0].name.assign(32, 's'); },
      [](auto& d) { d.streams[0].uri.clear(); },
      [](auto& d) { d.streams[0].uri.assign(160, 'u'); },
      [](auto& d) { d.streams[0].uri = "rtsp://0.0.0.0:8554/main"; },
      [](auto& d) { d.streams[0].uri = "rtsp://localhost/main"; },
      [](auto& d) { d.streams[0].uri = "rtsp://[::]/main"; },
      [](auto& d) {
        d.streams.clear();
        d.capabilities |= capability::video_stream;
      },
      [](auto& d) { d.parameters[1].id = d.parameters[0].id; },
      [](auto& d) { d.parameters[0].id.clear(); },
      [](auto& d) { d.parameters[0].id = "A_NAME_OF_SEVENTEE"; },
      [](auto& d) { d.parameters[0].id = "CAM ISO"; },
      [](auto& d) { d.parameters[0].type = 12; },
      [](auto& d) { d.parameters[0].value = std::uint64_t{7}; },
      [](auto& d) { d.parameters[2].options[1].value = std::int64_t{999}; },
      [](auto& d) { d.parameters.resize(32768, d.parameters[0]); },
  };
  for (std::size_t i = 0; i < faults.size(); ++i) {
    auto description = full_description();
    faults[i](description);
    const auto checked = check(description);
    ASSERT_FALSE(checked) << i;
    EXPECT_EQ(checked.error().code, base::Errc::invalid);
    EXPECT_THAT(checked.error().message, testing::EndsWith(".")) << i;
  }
  EXPECT_FALSE(check(std::vector{Description{}}));
}

TEST(CameraDefinition, HasAllParametersEscaped) {
  auto description = full_description();
  description.model = "A <b> & \"c\"'\x01";
  description.parameters[0].description = "Sensitivity";
  const auto xml = definition_xml(description);
  EXPECT_THAT(xml, testing::StartsWith("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<mavlinkcamera>"));
  EXPECT_THAT(xml, HasSubstr("<model>A &lt;b&gt; &amp; &quot;c&quot;&apos;</model>"));
  EXPECT_THAT(xml, HasSubstr("<parameter name=\"CAM_ISO\" type=\"uint16\" default=\"100\" min=\"50\" max=\"6400\">"));
  EXPECT_THAT(xml, HasSubstr("<description>Sensitivity</description>"));
  EXPECT_THAT(xml, HasSubstr("<description>CAM_EV</description>"));
  EXPECT_THAT(xml, HasSubstr("step=\"0.1\""));
  EXPECT_THAT(xml, HasSubstr("<option name=\"automatic\" value=\"-1\"/>"));
  EXPECT_THAT(xml, HasSubstr("type=\"custom\" default=\"A1\" readonly=\"1\""));
  description.parameters.clear();
  EXPECT_THAT(definition_xml(description), Not(HasSubstr("<parameters>")));
}

TEST(CameraDefinition, VersionFollowsTheContent) {
  auto description = full_description();
  const auto version = definition_version(description);
  EXPECT_NE(version, 0);
  EXPECT_EQ(definition_version(full_description()), version);
  EXPECT_THAT(definition_xml(description), HasSubstr("version=\"" + std::to_string(version) + "\""));
  description.address.component = 101;  // not in the file
  EXPECT_EQ(definition_version(description), version);
  description.parameters[0].max = 6401;
  EXPECT_NE(definition_version(description), version);
}

TEST(VehicleStub, BeatsAnswersAndRefuses) {
  Bench clock;
  VehicleStub stub(9, clock.now);
  Actions out;
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(*stub.next_wake(), clock.now.steady);
    stub.wake(clock.now, out);
    clock.now.steady += seconds{1};
  }
  EXPECT_EQ(out.send.size(), 3U);
  clock.now.steady -= milliseconds{500};
  const auto hear = [&](const Message& message, Address from = station) {
    out.clear();
    stub.hear({from, station_peer, message}, clock.now, out);
    return out.send.size();
  };
  ASSERT_EQ(hear(command_long(2000, {0, 0, 1}, {9, 1})), 1U);
  EXPECT_EQ(std::get<CommandAck>(out.send[0].message).result, result::unsupported);
  EXPECT_EQ(std::get<CommandAck>(out.send[0].message).target_system, station.system);
  ASSERT_EQ(hear(command_int(512, {259}, {9, 1})), 1U);
  EXPECT_EQ(std::get<CommandAck>(out.send[0].message).result, result::unsupported);
  ASSERT_EQ(hear(command_long(512, {0}, {9, 1})), 2U);
  EXPECT_EQ(std::get<CommandAck>(out.send[0].message).result, result::accepted);
  EXPECT_EQ(std::get<Heartbeat>(out.send[1].message).type, type::ground_rover);
  ASSERT_EQ(hear(ParamRequestList{.target_system = 9, .target_component = 1}), 1U);
  EXPECT_EQ(std::get<ParamValue>(out.send[0].message).param_count, 0);
  EXPECT_EQ(out.send[0].to, station_peer);
  ASSERT_EQ(hear(Ping{.seq = 4}), 1U);
  EXPECT_EQ(std::get<Ping>(out.send[0].message).target_system, station.system);
  EXPECT_EQ(hear(Ping{.target_system = 3}), 0U);
  EXPECT_EQ(hear(ParamRequestList{.target_system = 9, .target_component = 100}), 0U);
  EXPECT_EQ(hear(command_long(512, {0}, {9, 100})), 0U);
  EXPECT_EQ(hear(command_long(512, {0}, {0, 0}), {9, 1}), 0U);  // its own
}

}  // namespace
}  // namespace mavlink::camera
