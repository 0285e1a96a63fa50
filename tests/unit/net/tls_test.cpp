#include "server/net/tls.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/certificate.hpp"
#include "tests/support/temp_folder.hpp"

namespace net {
namespace {

class Tls : public testing::Test {
 protected:
  TlsFiles files(const std::string& name, const std::string& passphrase = {}) {
    const auto made = tests::make_certificate(folder_.path(), name, name, passphrase);
    return {made.chain, made.key};
  }
  static std::string complaint(const TlsFiles& files) {
    const auto loaded = load_tls_context(files);
    if (loaded) return "no complaint";
    EXPECT_EQ(loaded.error().code, base::Errc::invalid);
    return loaded.error().message;
  }
  tests::TempFolder folder_;
};

TEST_F(Tls, LoadsACertificateWithItsKey) {
  EXPECT_TRUE(load_tls_context(files("one")));
}

TEST_F(Tls, ErrorsNameTheFile) {
  const TlsFiles one = files("one");
  const TlsFiles two = files("two");
  const std::string none = folder_ / "none";
  EXPECT_TRUE(complaint({none, one.private_key}).starts_with("Cannot read the TLS certificate chain " + none + ": "));
  EXPECT_TRUE(complaint({one.certificate_chain, none}).starts_with("Cannot read the TLS private key " + none + ": "));
  std::ofstream(none) << "neither of both\n";
  EXPECT_TRUE(complaint({none, one.private_key}).starts_with("Cannot read the TLS certificate chain " + none + ": "));
  EXPECT_NE(complaint({one.certificate_chain, two.private_key}).find(two.private_key), std::string::npos);
}

// Nobody answers the question for a passphrase: it must not be asked.
TEST_F(Tls, AKeyBehindAPassphraseIsAnError) {
  const TlsFiles locked = files("locked", "geheim");
  EXPECT_TRUE(complaint(locked).starts_with("Cannot read the TLS private key " + locked.private_key + ": "));
}

TEST_F(Tls, ReloadExchangesTheContextAndAnErrorLeavesIt) {
  TlsSource source;
  EXPECT_FALSE(source.current());
  const TlsFiles first = files("first");
  ASSERT_TRUE(source.load(first));
  const TlsContext before = source.current();
  ASSERT_TRUE(before);
  ASSERT_TRUE(source.load(files("second")));
  const TlsContext after = source.current();
  EXPECT_NE(before, after);
  EXPECT_FALSE(source.load({folder_ / "none", first.private_key}));
  EXPECT_EQ(source.current(), after);
}

}  // namespace
}  // namespace net
