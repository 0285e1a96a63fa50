// Whether a camera has fired: tried again where it may not have heard, and told in its own words where it would not.
#include "tests/e2e/relay_fixture.hpp"

namespace e2e {

namespace {
class RelayProof : public Relay {
 protected:
  // One camera that can be asked; ready when this returns.
  void start_with(tests::Peer& camera) {
    start_relay(edgertronic("west", group(0)) + camera_of("west1", camera));
    wait_camera("west", having({{"state", "online"}}));
  }
  Row shot() {
    command("west", R"({"verb": "trigger", "parameters": {"name": "shot_&T"}})");
    return outcome_of("west");
  }
};
}  // namespace

TEST_F(RelayProof, D07ATriggerIsConfirmedByTheCamerasOwnState) {
  tests::Peer camera("edgertronic_camera.py", camera_flags(group(0)));
  start_with(camera);
  const Row row = shot();
  EXPECT_EQ(row.text("outcome"), "confirmed") << row.raw();
  EXPECT_GT(row.integer("latency_us"), 0);
  EXPECT_EQ(camera.count("trigger"), 1U) << "two datagrams, one shot";
}

TEST_F(RelayProof, D07LostDatagramsAreSentOnceMoreAndMakeOneShot) {
  tests::Peer camera("edgertronic_camera.py", camera_flags(group(0), {"--drop", "1,2"}));
  start_with(camera);
  const Row row = shot();
  EXPECT_EQ(row.text("outcome"), "confirmed") << row.raw();
  EXPECT_EQ(camera.wait_event("trigger").value_or(Row("{}")).text("source"), "multicast");
  EXPECT_EQ(camera.count("trigger"), 1U);
}

TEST_F(RelayProof, D07ACameraThatHearsNoDatagramIsTriggeredOverHttp) {
  tests::Peer camera("edgertronic_camera.py", camera_flags(group(0)));
  camera.ask(R"({"do": "drop", "all": true})");
  start_with(camera);
  const Row row = shot();
  EXPECT_EQ(row.text("outcome"), "confirmed") << row.raw();
  const auto fired = camera.wait_event("trigger");
  ASSERT_TRUE(fired);
  EXPECT_EQ(fired->text("source"), "camapi");
  EXPECT_EQ(fired->text("name"), "shot_&T");
  EXPECT_EQ(camera.count("trigger"), 1U);
}

TEST_F(RelayProof, D07ACameraThatIsSavingIgnoresItAndSaysSo) {
  tests::Peer camera("edgertronic_camera.py", camera_flags(group(0)));
  camera.ask(R"({"do": "stuck", "on": true})");
  start_with(camera);
  camera.ask(R"({"do": "trigger"})");
  wait_camera("west", [](const Row& row) { return row.text("properties.west1").find("saving") == 0; });
  const Row row = shot();
  EXPECT_EQ(row.text("outcome"), "ignored") << row.raw();
  EXPECT_NE(row.text("reason").find("saving"), std::string::npos) << row.raw();
  EXPECT_EQ(camera.count("trigger"), 1U) << "its own button";
}

TEST_F(RelayProof, D07ACameraThatAnswersNonsenseIsUnconfirmedAndTheReasonIsKept) {
  tests::Peer camera("edgertronic_camera.py", camera_flags(group(0)));
  start_with(camera);
  camera.ask(R"({"do": "http", "fault": "500"})");
  const Row broken = wait_camera("west", having({{"state", "offline"}}));
  EXPECT_NE(broken.text("reason").find("500"), std::string::npos) << broken.raw();
  const Row row = shot();
  EXPECT_EQ(row.text("outcome"), "unconfirmed") << row.raw();
  EXPECT_NE(row.text("reason").find("500"), std::string::npos) << row.raw();
}

}  // namespace e2e
