#include "server/app/settings.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "tests/support/temp_folder.hpp"

namespace app {
namespace {

using Strings = std::vector<std::string>;

Settings settings_of(const Values& flags) {
  auto effective = combine({}, {}, flags);
  if (!effective) ADD_FAILURE() << effective.error().message;
  return effective ? effective->settings : Settings{};
}

std::string complaint(const Values& file, const Values& environment = {}, const Values& flags = {}) {
  const auto effective = combine(file, environment, flags);
  if (!effective) {
    EXPECT_EQ(effective.error().code, base::Errc::invalid);
    return effective.error().message;
  }
  return "no complaint";
}

TEST(Settings, FlagsOverEnvironmentOverFile) {
  const Values file{{"max-connections", {"1"}}, {"node", {"file"}}, {"data-dir", {"/file"}}};
  const Values environment{{"max-connections", {"2"}}, {"node", {"environment"}}};
  const Values flags{{"max-connections", {"3"}}};
  const auto effective = combine(file, environment, flags);
  ASSERT_TRUE(effective) << effective.error().message;
  EXPECT_EQ(effective->settings.cameras.admission.total, 3U);
  EXPECT_EQ(effective->settings.cameras.node, "environment");
  EXPECT_EQ(effective->settings.data_dir, "/file");
  EXPECT_EQ(effective->origins.at("max-connections"), Origin::flag);
  EXPECT_EQ(effective->origins.at("node"), Origin::environment);
  EXPECT_EQ(effective->origins.at("data-dir"), Origin::file);
  EXPECT_EQ(effective->origins.at("threads"), Origin::built_in);
}

TEST(Settings, EveryDefaultIsTaken) {
  const auto effective = combine({}, {}, {});
  ASSERT_TRUE(effective) << effective.error().message;
  for (const Option& option : options()) {
    EXPECT_TRUE(effective->values.contains(option.name)) << option.name;
    EXPECT_FALSE(option.help.empty()) << option.name;
    EXPECT_TRUE(combine({}, {}, {{option.name, {option.built_in}}})) << option.name;
  }
}

// The defaults written in the table are those of the structures, which libraries use by themselves.
TEST(Settings, DefaultsOfTheTableAreThoseOfTheStructures) {
  const Settings made = settings_of({});
  const net::CameraServerOptions own;
  EXPECT_EQ(made.cameras.admission.total, own.admission.total);
  EXPECT_EQ(made.cameras.admission.per_ip, own.admission.per_ip);
  EXPECT_EQ(made.cameras.admission.per_device, own.admission.per_device);
  EXPECT_EQ(made.cameras.progress.bytes, own.progress.bytes);
  EXPECT_EQ(made.cameras.progress.within, own.progress.within);
  EXPECT_EQ(made.cameras.store_threads, own.store_threads);
  EXPECT_EQ(made.cameras.class_order, own.class_order);
  EXPECT_EQ(made.cameras.session.max_file_bytes, own.session.max_file_bytes);
  EXPECT_EQ(made.cameras.session.init_deadline, own.session.init_deadline);
  EXPECT_EQ(made.cameras.session.reply_deadline, own.session.reply_deadline);
  EXPECT_EQ(made.cameras.session.sync_deadline, own.session.sync_deadline);
  EXPECT_EQ(made.cameras.session.data_deadline, own.session.data_deadline);
  EXPECT_EQ(made.cameras.session.after_ack_deadline, own.session.after_ack_deadline);
  EXPECT_EQ(made.cameras.session.linger, own.session.linger);
  EXPECT_EQ(made.cameras.session.store_deadline, own.session.store_deadline);
  EXPECT_EQ(made.data_dir, Settings{}.data_dir);
  EXPECT_EQ(made.partial_ttl, Settings{}.partial_ttl);
  EXPECT_EQ(made.drain_timeout, Settings{}.drain_timeout);
}

TEST(Settings, NamesAreUnique) {
  Strings names;
  for (const Option& option : options()) names.push_back(option.name);
  std::ranges::sort(names);
  EXPECT_EQ(std::ranges::adjacent_find(names), names.end());
}

TEST(Settings, StorageFollowsTheDataDirectory) {
  const Settings made = settings_of({{"data-dir", {"/srv/cams"}}});
  EXPECT_EQ(made.catalog, "sqlite:/srv/cams/catalog.db");
  EXPECT_EQ(made.objects, "file:/srv/cams/objects");
  EXPECT_EQ(settings_of({{"catalog", {"sqlite::memory:"}}}).catalog, "sqlite::memory:");
}

TEST(Settings, ListenersPlainAndTls) {
  const Settings made = settings_of({{"dualcam-listen", {"127.0.0.1:1", "[::1]:2"}},
                                     {"dualcam-tls-listen", {"127.0.0.1:3"}},
                                     {"tls-cert", {"c"}},
                                     {"tls-key", {"k"}}});
  ASSERT_EQ(made.cameras.listen.size(), 3U);
  EXPECT_EQ(made.cameras.listen[1].host, "::1");
  EXPECT_FALSE(made.cameras.listen[1].tls);
  EXPECT_TRUE(made.cameras.listen[2].tls);
}

TEST(Settings, AnEmptyListTakesTheDefaultListenerAway) {
  const auto effective = combine(
      {{"dualcam-listen", {}}, {"dualcam-tls-listen", {"127.0.0.1:3"}}, {"tls-cert", {"c"}}, {"tls-key", {"k"}}}, {},
      {});
  ASSERT_TRUE(effective) << effective.error().message;
  ASSERT_EQ(effective->settings.cameras.listen.size(), 1U);
  EXPECT_TRUE(effective->settings.cameras.listen[0].tls);
}

TEST(Settings, UnknownKeysOfTheFileAreErrors) {
  EXPECT_EQ(complaint({{"max-conections", {"1"}}}),
            "The configuration file has an unknown key, max-conections; is max-connections meant?");
  EXPECT_EQ(complaint({{"colour", {"blue"}}}), "The configuration file has an unknown key, colour.");
}

// Not errors: container platforms put variables of their own beside ours, DUALCAMD_SERVICE_HOST for one.
TEST(Settings, UnknownVariablesAreWarnings) {
  const auto effective = combine({}, {{"DUALCAMD_LOG_LEVL", {"error"}}, {"DUALCAMD_PORT_7700_TCP", {"tcp://x"}}}, {});
  ASSERT_TRUE(effective) << effective.error().message;
  EXPECT_EQ(effective->warnings, (Strings{"The environment has an unknown variable, DUALCAMD_LOG_LEVL; is "
                                          "DUALCAMD_LOG_LEVEL meant?",
                                          "The environment has an unknown variable, DUALCAMD_PORT_7700_TCP."}));
  EXPECT_TRUE(combine({}, {{"node", {"n"}}}, {})->warnings.empty());
}

TEST(Settings, OneValueMeansOne) {
  EXPECT_EQ(complaint({{"node", {"a", "b"}}}), "node in the configuration file: one value is needed, 2 are given.");
  EXPECT_EQ(complaint({{"node", {}}}), "node in the configuration file: one value is needed, 0 are given.");
}

TEST(Settings, ErrorsNameWhereTheValueStands) {
  EXPECT_TRUE(complaint({{"threads", {"x"}}}).starts_with("threads in the configuration file: \"x\" is no number"));
  EXPECT_TRUE(complaint({}, {{"threads", {"x"}}}).starts_with("DUALCAMD_THREADS: \"x\""));
  EXPECT_TRUE(complaint({}, {}, {{"threads", {"x"}}}).starts_with("--threads: \"x\""));
}

TEST(Settings, WhatDoesNotFitTogetherIsAnError) {
  EXPECT_TRUE(complaint({}, {}, {{"dualcam-listen", {""}}}).starts_with("No camera can connect"));
  EXPECT_TRUE(complaint({}, {}, {{"device-policy", {"allow-list"}}}).starts_with("--device-policy allow-list needs"));
  EXPECT_TRUE(complaint({}, {}, {{"tls-cert", {"c"}}}).starts_with("--tls-cert and --tls-key belong together"));
  EXPECT_TRUE(complaint({}, {}, {{"tls-key", {"k"}}}).starts_with("--tls-cert and --tls-key belong together"));
  EXPECT_EQ(complaint({}, {{"data-dir", {""}}}), "--data-dir must name a directory.");
  for (const char* name : {"init-timeout", "reply-timeout", "sync-timeout", "data-timeout", "ack-timeout",
                           "store-timeout", "progress-window", "storm-window", "partial-ttl"})
    EXPECT_EQ(complaint({}, {}, {{name, {"0s"}}}), "--" + std::string(name) + " must be longer than 0.");
}

TEST(Settings, NothingStoredIsDeletedByDefault) {
  const auto rules = settings_of({}).retention;
  EXPECT_EQ(rules.max_age.count(), 0);
  EXPECT_EQ(rules.device_bytes, 0U);
  EXPECT_EQ(rules.total_high, 0U);
  EXPECT_EQ(rules.volume_high, 0.0);
}

TEST(Settings, ALowMarkFollowsTheHighOne) {
  auto settings = settings_of({{"keep-total-high", {"1000"}}, {"objects-volume-high", {"80%"}}});
  EXPECT_EQ(settings.retention.total_low, 900U);
  EXPECT_EQ(settings.retention.volume_low, 75.0);
  EXPECT_EQ(settings.spool_low, settings.spool_high - 5);
  settings = settings_of({{"keep-total-high", {"1000"}}, {"keep-total-low", {"10"}}, {"spool-volume-high", {"3%"}}});
  EXPECT_EQ(settings.retention.total_low, 10U);
  EXPECT_EQ(settings.spool_low, 0.0);
  EXPECT_EQ(complaint({}, {}, {{"keep-total-high", {"10"}}, {"keep-total-low", {"11"}}}),
            "--keep-total-low must not be above --keep-total-high.");
  EXPECT_EQ(complaint({}, {}, {{"spool-volume-low", {"91%"}}}),
            "--spool-volume-low must not be above --spool-volume-high.");
  EXPECT_EQ(complaint({}, {}, {{"objects-volume-low", {"1%"}}}),
            "--objects-volume-low must not be above --objects-volume-high.");
}

TEST(Settings, ShortWindowsAreNotRoundedToNothing) {
  EXPECT_EQ(settings_of({{"progress-window", {"300ms"}}}).cameras.progress.within, std::chrono::milliseconds{300});
}

TEST(Settings, AStormIsABudgetOfFilesAndBytesInAWindow) {
  const net::StormLimits usual = settings_of({}).cameras.storm;
  EXPECT_EQ(usual.files, 600U);
  EXPECT_EQ(usual.bytes, 1ULL << 30);
  EXPECT_EQ(usual.window, std::chrono::hours{1});
  EXPECT_FALSE(usual.none());
  EXPECT_TRUE(settings_of({{"storm-files", {"0"}}, {"storm-bytes", {"0"}}}).cameras.storm.none());
  EXPECT_EQ(settings_of({{"storm-window", {"1d"}}}).cameras.storm.window, std::chrono::hours{24});
  EXPECT_NE(complaint({}, {}, {{"storm-files", {"10001"}}}), "no complaint") << "more than is counted";
}

TEST(Settings, NothingIsRecordedUnlessAskedFor) {
  const recorder::Options usual = settings_of({}).recording;
  EXPECT_EQ(usual.mode, recorder::Mode::off);
  EXPECT_FALSE(usual.mask);
  EXPECT_EQ(usual.session_bytes, 64ULL << 20);
  EXPECT_EQ(usual.total_bytes, 1ULL << 30);
  EXPECT_EQ(usual.keep, std::chrono::hours{7 * 24});
  const recorder::Options set =
      settings_of({{"record", {"failed"}}, {"record-mask", {"true"}}, {"record-days", {"30"}}}).recording;
  EXPECT_EQ(set.mode, recorder::Mode::failed);
  EXPECT_TRUE(set.mask);
  EXPECT_EQ(set.keep, std::chrono::hours{30 * 24});
  EXPECT_EQ(complaint({}, {}, {{"record-session-bytes", {"1KiB"}}}), "--record-session-bytes must be 64KiB or more.");
  EXPECT_EQ(complaint({}, {}, {{"record-bytes", {"1MiB"}}}),
            "--record-bytes must not be below --record-session-bytes.");
  EXPECT_NE(complaint({}, {}, {{"record-days", {"0"}}}), "no complaint");
}

TEST(Settings, ClassOrderIsCompleted) {
  using enum dualcam::FileClass;
  EXPECT_EQ(settings_of({{"class-order", {"videor,photof"}}}).cameras.class_order,
            (dualcam::ClassOrder{video_rear, photo_front, photo_rear, video_front, path}));
  for (const char* wrong : {"photof,photof", "photox", "photof,,path", "photof videor"})
    EXPECT_NE(complaint({}, {}, {{"class-order", {wrong}}}), "no complaint") << wrong;
}

TEST(Settings, ChoicesSayWhatTheyKnow) {
  EXPECT_EQ(complaint({}, {}, {{"log-level", {"loud"}}}),
            "--log-level: \"loud\" is none of debug, info, warning, error.");
  EXPECT_EQ(settings_of({{"log-level", {"error"}}}).log.level, base::log::Level::error);
  EXPECT_EQ(settings_of({{"log-format", {"json"}}}).log.format, base::log::Format::json);
}

TEST(Environment, NamesAndLists) {
  EXPECT_EQ(environment_name("max-connections-per-ip"), "DUALCAMD_MAX_CONNECTIONS_PER_IP");
  const Strings variables{"PATH=/bin", "DUALCAMD_DUALCAM_LISTEN=127.0.0.1:1,127.0.0.1:2",
                          "DUALCAMD_CLASS_ORDER=photof,path",  // one value with a comma in it
                          "DUALCAMD_CATALOG=postgresql://h/db?user=u"};
  EXPECT_EQ(read_environment(variables), (Values{{"dualcam-listen", {"127.0.0.1:1", "127.0.0.1:2"}},
                                                 {"class-order", {"photof,path"}},
                                                 {"catalog", {"postgresql://h/db?user=u"}}}));
}

TEST(Environment, KeepsTheNamesItDoesNotKnow) {
  const Strings variables{"DUALCAMD_CONFIG=/etc/dualcamd.toml",
                          "DUALCAMD_NOED=x",
                          "DUALCAMD_node=y",
                          "DUALCAMD_=z",
                          "DUALCAMDNODE=n",
                          "DUALCAM_LOAD_CAMERAS=1"};
  EXPECT_EQ(read_environment(variables),
            (Values{{"DUALCAMD_NOED", {"x"}}, {"DUALCAMD_node", {"y"}}, {"DUALCAMD_", {"z"}}}));
}

class EnvironmentFile : public testing::Test {
 protected:
  std::string file(const std::string& text) const {
    std::ofstream(folder_ / "secret") << text;
    return (folder_ / "secret").string();
  }
  const tests::TempFolder folder_;
};

TEST_F(EnvironmentFile, HoldsAValueInItsFirstLine) {
  for (const std::string end : {"", "\n", "\r\n", "\nmore\n"}) {
    const Strings variables{"DUALCAMD_CATALOG_FILE=" + file("postgresql://u:secret@h/db" + end)};
    EXPECT_EQ(read_environment(variables), (Values{{"catalog", {"postgresql://u:secret@h/db"}}}));
  }
  const Strings list{"DUALCAMD_DUALCAM_LISTEN_FILE=" + file("127.0.0.1:1,127.0.0.1:2\n")};
  EXPECT_EQ(read_environment(list), (Values{{"dualcam-listen", {"127.0.0.1:1", "127.0.0.1:2"}}}));
}

TEST_F(EnvironmentFile, ThatCannotBeReadIsAnError) {
  for (const std::string& path : {(folder_ / "missing").string(), folder_.path().string(), file(""), std::string()}) {
    const Strings variables{"DUALCAMD_CATALOG_FILE=" + path};
    const auto read = read_environment(variables);
    ASSERT_FALSE(read) << path;
    EXPECT_EQ(read.error().message, "DUALCAMD_CATALOG_FILE: the first line of " + path + " cannot be read.");
  }
}

TEST_F(EnvironmentFile, BesideTheValueItselfIsAnError) {
  const std::string in_file = "DUALCAMD_CATALOG_FILE=" + file("sqlite:a");
  for (const Strings& variables :
       {Strings{in_file, "DUALCAMD_CATALOG=sqlite:b"}, {"DUALCAMD_CATALOG=sqlite:b", in_file}}) {
    const auto read = read_environment(variables);
    ASSERT_FALSE(read);
    EXPECT_TRUE(read.error().message.starts_with("Both DUALCAMD_CATALOG")) << read.error().message;
  }
}

TEST_F(EnvironmentFile, IsOfOptionsOnly) {
  const Strings variables{"DUALCAMD_NOED_FILE=/nowhere", "DUALCAMD_S3_SECRET_FILE=/nowhere"};
  EXPECT_EQ(read_environment(variables), (Values{{"DUALCAMD_NOED_FILE", {"/nowhere"}}}));
}

TEST(NearestOption, IsTheOneATypingErrorMeans) {
  const std::vector<std::pair<std::string, std::string>> meant{
      {"data-dri", "data-dir"},
      {"datadir", "data-dir"},
      {"stor-thread", "store-threads"},
      {"data_timeout", "data-timeout"},
      {"nodes", "node"},
      {"NOED", "node"},
      {"THREADS", "threads"},
      {"max-conections-per-device", "max-connections-per-device"}};
  for (const auto& [given, name] : meant) {
    const Option* found = nearest_option(given);
    ASSERT_NE(found, nullptr) << given;
    EXPECT_EQ(found->name, name) << given;
  }
  for (const std::string& given : {std::string(), std::string("x"), std::string("level"), std::string("SERVICE_HOST"),
                                   std::string("PORT_7700_TCP"), std::string(10'000, 'x')})
    EXPECT_EQ(nearest_option(given), nullptr) << given;
}

TEST(Secrets, AreMaskedWhereverTheyStand) {
  EXPECT_EQ(mask_secrets("postgresql://user:geheim@host:5432/db"), "postgresql://user:***@host:5432/db");
  EXPECT_EQ(mask_secrets("postgresql://user:ge/h@eim@host/db"), "postgresql://user:***@host/db");
  EXPECT_EQ(mask_secrets("postgresql://host/db?user=u&password=geheim&x=1"),
            "postgresql://host/db?user=u&password=***&x=1");
  EXPECT_EQ(mask_secrets("host=h password='ge heim' user=u"), "host=h password='***' user=u");
  EXPECT_EQ(mask_secrets("s3://bucket/p?region=x&Secret_Access_Key=abc"),
            "s3://bucket/p?region=x&Secret_Access_Key=***");
  EXPECT_EQ(mask_secrets("s3://bucket/p?session_token=abc&endpoint=http://h:9"),
            "s3://bucket/p?session_token=***&endpoint=http://h:9");
}

TEST(Secrets, NothingElseIs) {
  for (const char* text : {"", "sqlite:/var/lib/catalog.db", "file:./var/objects", "postgresql://user@host:5432/db",
                           "s3://bucket/prefix?endpoint=http://127.0.0.1:9000&region=eu"})
    EXPECT_EQ(mask_secrets(text), text);
}

TEST(Show, IsAFileThatGivesTheSameSettings) {
  const auto effective =
      combine({}, {}, {{"dualcam-listen", {"127.0.0.1:1", "127.0.0.1:2"}}, {"node", {"a \"quoted\" \\ name"}}});
  ASSERT_TRUE(effective);
  const tests::TempFolder folder;
  const std::string path = folder / "shown.toml";
  std::ofstream(path) << show(*effective);
  const auto values = read_toml(path);
  ASSERT_TRUE(values) << values.error().message;
  const auto again = combine(*values, {}, {});
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->values, effective->values);
}

TEST(Show, HidesSecretsAndSaysOrigins) {
  const auto effective = combine({{"catalog", {"postgresql://u:geheim@h/db"}}}, {{"node", {"n"}}}, {});
  ASSERT_TRUE(effective);
  const std::string shown = show(*effective);
  EXPECT_EQ(shown.find("geheim"), std::string::npos);
  EXPECT_NE(shown.find("catalog = \"postgresql://u:***@h/db\"  # file\n"), std::string::npos) << shown;
  EXPECT_NE(shown.find("node = \"n\"  # environment\n"), std::string::npos);
  EXPECT_NE(shown.find("max-connections = \"10000\"  # default\n"), std::string::npos);
}

}  // namespace
}  // namespace app
