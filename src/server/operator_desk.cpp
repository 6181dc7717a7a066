// SPDX-License-Identifier: Apache-2.0
#include "operator_desk.h"

#include <fmt/format.h>
#include <openssl/crypto.h>

#include <boost/algorithm/string/predicate.hpp>
#include <nlohmann/json.hpp>

#include "picket/io/clock.h"
#include "picket/record/recording.h"

namespace picket {
namespace {

HttpResponse Unauthorised(std::string_view text) {
  HttpResponse response = HttpError(401, text);
  response.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"picket\"");
  return response;
}

}  // namespace

const AccessKey* WhoseKey(const AccessSettings& access, std::string_view header) {
  constexpr std::string_view kScheme = "Bearer ";
  if (!boost::algorithm::istarts_with(header, kScheme)) return nullptr;
  header.remove_prefix(kScheme.size());
  const std::string sha256 = HashText(Sha256(header));
  const AccessKey* whose = nullptr;
  // All are compared, each in the same time: how long it takes tells nothing of the keys.
  for (const AccessKey& key : access.keys) {
    if (CRYPTO_memcmp(key.sha256.data(), sha256.data(), sha256.size()) == 0) whose = &key;
  }
  return whose;
}

void OperatorDesk::Show(const HttpRequest& request, std::function<void(HttpResponse)> respond) {
  const AccessSettings& access = service_.site().site.access;
  if (access.operator_retention <= Duration()) {
    return respond(HttpError(404,
                             "This site does not keep where operators stand: it has no "
                             "operator_retention_s in [access]."));
  }
  const AccessKey* const who = WhoseKey(access, request.authorization);
  if (who == nullptr) {
    return respond(
        Unauthorised("Where operators stand is shown to those who send a key of [[access.key]] as "
                     "Authorization: Bearer KEY."));
  }
  const Time now = WallClock();
  const auto places = service_.operators().Places(now);
  nlohmann::ordered_json action = {{"time", now.Text()},
                                   {"who", who->name},
                                   {"role", RoleName(who->role)},
                                   {"action", "saw operators"},
                                   {"aircraft", nlohmann::ordered_json::array()}};
  for (const auto& place : places) {
    action["aircraft"].push_back(place.aircraft.empty() ? place.sender : place.aircraft);
  }
  HttpResponse response;
  response.body = OperatorsJson(places, access.operator_retention);
  // Seen is only what is recorded to have been seen.
  service_.RecordAction(
      action.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace),
      [respond = std::move(respond), response = std::move(response)](const std::string& failure) {
        respond(failure.empty() ? response : HttpError(503, failure));
      });
}

}  // namespace picket
