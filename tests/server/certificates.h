// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>

#include "picket/base/assert.h"

namespace picket::test {

/// A certificate and its key, as PEM files in the tests' folder: of an authority, or signed by one.
class Certificate {
 public:
  /// @param names  what it is for, such as "DNS:localhost"; empty: an authority
  Certificate(const std::string& file, const std::string& names, const Certificate* signer)
      : path_(file + ".pem"),
        key_path_(file + ".key"),
        key_(EVP_EC_gen("P-256"), EVP_PKEY_free),
        x509_(X509_new(), X509_free) {
    X509* x = x509_.get();
    X509_set_version(x, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(x), -3600);
    X509_gmtime_adj(X509_getm_notAfter(x), 3600);
    X509_set_pubkey(x, key_.get());
    const std::string common = file.substr(file.rfind('/') + 1);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(common.c_str()), -1, -1, 0);
    const Certificate& by = signer == nullptr ? *this : *signer;
    X509_set_issuer_name(x, X509_get_subject_name(by.x509_.get()));
    X509V3_CTX context;
    X509V3_set_ctx(&context, by.x509_.get(), x, nullptr, nullptr, 0);
    const bool authority = names.empty();
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(
        nullptr, &context, authority ? NID_basic_constraints : NID_subject_alt_name,
        authority ? "critical,CA:TRUE" : names.c_str());
    PICKET_ASSERT(extension != nullptr, "the tests' names are sound");
    X509_add_ext(x, extension, -1);
    X509_EXTENSION_free(extension);
    X509_sign(x, by.key_.get(), EVP_sha256());
    Write(path_, [&](BIO* out) { PEM_write_bio_X509(out, x); });
    Write(key_path_, [&](BIO* out) {
      PEM_write_bio_PrivateKey(out, key_.get(), nullptr, nullptr, 0, nullptr, nullptr);
    });
  }
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] const std::string& key_path() const { return key_path_; }

 private:
  template <typename Fill>
  static void Write(const std::string& path, const Fill& fill) {
    const std::unique_ptr<BIO, int (*)(BIO*)> out(BIO_new_file(path.c_str(), "w"), BIO_free);
    PICKET_ASSERT(out != nullptr, "the tests' folder can be written to");
    fill(out.get());
  }

  static inline int serial = 0;
  std::string path_;
  std::string key_path_;
  std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key_;
  std::unique_ptr<X509, void (*)(X509*)> x509_;
};

}  // namespace picket::test
