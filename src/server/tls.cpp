// SPDX-License-Identifier: Apache-2.0
#include "tls.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <sys/socket.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/error.hpp>
#include <string_view>

#include "picket/io/file.h"

namespace picket {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::size_t kMaxPemBytes = 1U << 20U;

/// Reads a file and hands it to `take`, which says what is wrong with it.
template <typename Take>
tl::expected<void, Error> WithFile(const std::string& field, const std::string& name,
                                   const std::string& site_path, const Take& take) {
  if (name.empty()) return {};
  const auto text = ReadFile(ResolveBeside(site_path, name), kMaxPemBytes);
  if (!text) return Fail(text.error().Text(), "tls." + field);
  error_code ec;
  take(asio::buffer(*text), ec);
  if (ec) {
    return Fail("'" + name + "' is no PEM file of a " + field + " that fits: " + ec.message(),
                "tls." + field);
  }
  return {};
}

/// Whom a certificate must be of is a setting of the context, so that whoever uses it checks.
bool ExpectName(SSL_CTX* context, const std::string& name) {
  X509_VERIFY_PARAM* parameters = SSL_CTX_get0_param(context);
  error_code no_address;
  asio::ip::make_address(name, no_address);
  if (!no_address) return X509_VERIFY_PARAM_set1_ip_asc(parameters, name.c_str()) == 1;
  return X509_VERIFY_PARAM_set1_host(parameters, name.c_str(), name.size()) == 1;
}

}  // namespace

Result<TlsPtr> MakeTls(const TlsSettings& settings, TlsRole role, const std::string& host,
                       const std::string& site_path) {
  if (!settings.on) return TlsPtr();
  auto tls = std::make_shared<Tls>(
      Tls{role, settings.server_name.empty() ? host : settings.server_name,
          asio::ssl::context(role == TlsRole::kClient ? asio::ssl::context::tls_client
                                                      : asio::ssl::context::tls_server)});
  asio::ssl::context& context = tls->context;
  SSL_CTX* native = context.native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  error_code ec;
  // A key under a password would ask for it on the terminal.
  context.set_password_callback(
      [](std::size_t, asio::ssl::context::password_purpose) { return std::string(); }, ec);

  const bool believes = role == TlsRole::kClient || !settings.ca.empty();
  if (settings.ca.empty() && believes) context.set_default_verify_paths(ec);
  auto read =
      WithFile("ca", settings.ca, site_path, [&](const asio::const_buffer& pem, error_code& error) {
        context.add_certificate_authority(pem, error);
      });
  if (read) {
    read = WithFile("certificate", settings.certificate, site_path,
                    [&](const asio::const_buffer& pem, error_code& error) {
                      context.use_certificate_chain(pem, error);
                    });
  }
  if (read) {
    read = WithFile("key", settings.key, site_path,
                    [&](const asio::const_buffer& pem, error_code& error) {
                      context.use_private_key(pem, asio::ssl::context::pem, error);
                    });
  }
  if (!read) return tl::unexpected<Error>(std::move(read.error()));

  context.set_verify_mode(!believes
                              ? asio::ssl::verify_none
                              : asio::ssl::verify_peer | asio::ssl::verify_fail_if_no_peer_cert,
                          ec);
  if (role == TlsRole::kClient && !ExpectName(native, tls->name)) {
    return Fail("'" + tls->name + "' is no name that a certificate could have", "tls.server_name");
  }
  return tls;
}

void LinkSocket::NoticeLoss() {
  const auto set = [this](int option, int value) {
    setsockopt(socket_.native_handle(), IPPROTO_TCP, option, &value, sizeof value);
  };
  error_code ignored;
  socket_.set_option(asio::socket_base::keep_alive(true), ignored);
  set(TCP_KEEPIDLE, 2);
  set(TCP_KEEPINTVL, 1);
  set(TCP_KEEPCNT, 2);
  set(TCP_USER_TIMEOUT, 4000);  // ms that what was sent may go without an acknowledgement
}

void LinkSocket::SetServerName() {
  if (tls_->role != TlsRole::kClient) return;
  error_code no_address;
  asio::ip::make_address(tls_->name, no_address);
  // RFC 6066, section 3: a literal address is no name to ask for.
  if (no_address) SSL_set_tlsext_host_name(stream_->native_handle(), tls_->name.c_str());
}

std::string LinkSocket::Why(const error_code& ec) {
  if (ec == asio::error::eof || ec == asio::ssl::error::stream_truncated) {
    return "the other side ended it";
  }
  if (stream_ && ec.category() == asio::error::get_ssl_category()) {
    const long verified = SSL_get_verify_result(stream_->native_handle());
    if (verified != X509_V_OK) {
      return std::string("its certificate is not believed: ") +
             X509_verify_cert_error_string(verified);
    }
  }
  return ec.message();
}

}  // namespace picket
