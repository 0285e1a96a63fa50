#include "tests/support/certificate.hpp"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <cstdio>
#include <memory>
#include <stdexcept>

namespace tests {

namespace {
template <auto Free>
struct Deleter {
  template <class T>
  void operator()(T* object) const noexcept {
    Free(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Deleter<X509_free>>;
using OpenFile = std::unique_ptr<FILE, Deleter<std::fclose>>;

void require(bool done) {
  if (!done) throw std::runtime_error("cannot make a certificate");
}

Certificate self_signed(EVP_PKEY* key, const std::string& common_name) {
  constexpr long one_day_s = 86'400;
  Certificate certificate(X509_new());
  require(X509_set_version(certificate.get(), 2) == 1);
  require(ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1) == 1);
  require(X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -one_day_s) != nullptr);
  require(X509_gmtime_adj(X509_getm_notAfter(certificate.get()), one_day_s) != nullptr);
  X509_NAME* name = X509_get_subject_name(certificate.get());
  const auto* text = reinterpret_cast<const unsigned char*>(common_name.c_str());
  require(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, text, -1, -1, 0) == 1);
  require(X509_set_issuer_name(certificate.get(), name) == 1);
  require(X509_set_pubkey(certificate.get(), key) == 1);
  require(X509_sign(certificate.get(), key, EVP_sha256()) != 0);
  return certificate;
}
}  // namespace

CertificateFiles make_certificate(const std::filesystem::path& folder, const std::string& name,
                                  const std::string& common_name, const std::string& passphrase) {
  const CertificateFiles files{(folder / (name + ".crt")).string(), (folder / (name + ".key")).string()};
  const Key key(EVP_EC_gen("P-256"));
  require(key != nullptr);
  const Certificate certificate = self_signed(key.get(), common_name);
  const OpenFile chain(std::fopen(files.chain.c_str(), "wb"));
  require(chain && PEM_write_X509(chain.get(), certificate.get()) == 1);
  const OpenFile secret(std::fopen(files.key.c_str(), "wb"));
  const bool encrypted = !passphrase.empty();
  require(secret && PEM_write_PKCS8PrivateKey(secret.get(), key.get(), encrypted ? EVP_aes_256_cbc() : nullptr,
                                              encrypted ? passphrase.c_str() : nullptr,
                                              static_cast<int>(passphrase.size()), nullptr, nullptr) == 1);
  return files;
}

}  // namespace tests
