// Self-signed certificates for tests of TLS.
#pragma once

#include <filesystem>
#include <string>

namespace tests {

struct CertificateFiles {
  std::string chain;  // PEM
  std::string key;    // PEM
};

// Writes FOLDER/NAME.crt and FOLDER/NAME.key, replacing what is there. A passphrase encrypts the key.
CertificateFiles make_certificate(const std::filesystem::path& folder, const std::string& name,
                                  const std::string& common_name, const std::string& passphrase = {});

}  // namespace tests
