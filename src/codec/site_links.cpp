// SPDX-License-Identifier: Apache-2.0
#include "site_links.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/algorithm/string/case_conv.hpp>
#include <charconv>
#include <cmath>
#include <set>
#include <utility>

namespace picket {
namespace {

constexpr auto kFeeds = std::to_array<std::string_view>(
    {"beast", "avr", "sbs", "readsb", "asterix", "sapient", "cot", "remote-id", "reports"});
constexpr std::array<std::string_view, 5> kOutputs = {"cot", "tak", "asterix", "sapient", "json"};
constexpr std::array<std::string_view, 2> kMqttVersions = {"3.1.1", "5"};
constexpr std::array<std::string_view, 1> kRoles = {"investigator"};

/// Whether text is a topic filter of MQTT (3.1.1, section 4.7): + stands for a whole level, # for
/// all that follow.
bool IsTopicFilter(std::string_view text) {
  if (text.empty() || text.size() > 65'535 || text.find('\0') != std::string_view::npos)
    return false;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find('/', at), text.size());
    const std::string_view level = text.substr(at, end - at);
    if (level.size() > 1 && level.find_first_of("+#") != std::string_view::npos) return false;
    if (level == "#" && end != text.size()) return false;
    at = end + 1;
  }
  return true;
}

/// Whether it is HOST:PORT with a port in [1, 65535].
bool IsEndpoint(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0) return false;
  const std::string port = text.substr(colon + 1);
  if (port.empty() || port.size() > 5 ||
      port.find_first_not_of("0123456789") != std::string::npos) {
    return false;
  }
  const int number = std::stoi(port);
  return number >= 1 && number <= 65535;
}

/// @param listens  whether others connect to us
TlsSettings ReadTls(TomlTable& table, bool listens) {
  TlsSettings tls;
  auto of = table.Table("tls");
  if (!of) return tls;
  tls.on = true;
  tls.ca = of->Text("ca").value_or("");
  const Need need = listens ? Need::kRequired : Need::kOptional;
  tls.certificate = of->Text("certificate", need).value_or("");
  tls.key = of->Text("key", need).value_or("");
  if (!listens && of->Has("certificate") != of->Has("key")) {
    of->Fail("holds one of certificate and key, expected both or neither");
  }
  tls.server_name = of->Text("server_name").value_or("");
  if (listens && of->Has("server_name")) {
    of->Fail("server_name", "is there, expected only where picket connects to the other side");
  }
  of->Finish();
  return tls;
}

MqttSettings ReadMqtt(TomlTable& table, bool input) {
  MqttSettings mqtt;
  mqtt.broker = table.Text("mqtt").value_or("");
  if (!table.Has("mqtt")) return mqtt;
  if (!mqtt.broker.empty() && !IsEndpoint(mqtt.broker)) {
    table.Fail("mqtt", fmt::format("is \"{}\", expected \"HOST:PORT\"", mqtt.broker));
  }
  mqtt.version_5 = table.Choice("version", kMqttVersions).value_or(0) == 1;
  mqtt.client_id = table.Text("client_id").value_or("");
  mqtt.user = table.Text("user").value_or("");
  mqtt.password_file = table.Text("password_file").value_or("");
  if (table.Has("password_file") && !table.Has("user")) {
    table.Fail("password_file", "is there, expected only with user");
  }
  if (input) {
    mqtt.topics = table.Texts("topics", Need::kRequired);
    if (table.Has("topics") && mqtt.topics.empty()) {
      table.Fail("topics", "is empty, expected filters of topics such as \"picket/reports/#\"");
    }
    for (const std::string& topic : mqtt.topics) {
      if (IsTopicFilter(topic)) continue;
      table.Fail("topics", fmt::format("holds \"{}\", expected a filter of topics, with + for a "
                                       "whole level and # only at the end",
                                       topic));
    }
    mqtt.status = table.Text("status").value_or("");
    const bool one_level = std::count(mqtt.status.begin(), mqtt.status.end(), '+') == 1 &&
                           mqtt.status.find('#') == std::string::npos;
    if (!mqtt.status.empty() && !(IsTopicFilter(mqtt.status) && one_level)) {
      table.Fail("status", fmt::format("is \"{}\", expected a topic with one + where the sensor's "
                                       "id stands, such as \"picket/status/+\"",
                                       mqtt.status));
    }
    return mqtt;
  }
  mqtt.topic = table.Text("topic", Need::kRequired).value_or("");
  if (!mqtt.topic.empty() &&
      (!IsTopicFilter(mqtt.topic) || mqtt.topic.find_first_of("+#") != std::string::npos)) {
    table.Fail("topic", fmt::format("is \"{}\", expected a topic without + and #", mqtt.topic));
  }
  return mqtt;
}

/// The first number of an IPv4 address; nothing if it is none.
std::optional<int> FirstOctet(std::string_view text) {
  std::array<int, 4> octets{};
  for (std::size_t i = 0; i < octets.size(); ++i) {
    const std::size_t end = i < 3 ? text.find('.') : text.size();
    if (end == std::string_view::npos || end == 0 || end > 3) return std::nullopt;
    const auto [last, error] = std::from_chars(text.data(), text.data() + end, octets[i]);
    if (error != std::errc() || last != text.data() + end || octets[i] > 255) return std::nullopt;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return octets[0] >= 0 ? std::optional(octets[0]) : std::nullopt;
}

/// @param udp  "ADDRESS:PORT"; empty: the link is none
MulticastSettings ReadMulticast(TomlTable& table, const std::string& udp, bool output) {
  MulticastSettings multicast;
  const auto first = FirstOctet(std::string_view(udp).substr(0, udp.rfind(':')));
  const bool group = first && *first >= 224 && *first <= 239;
  for (const char* key : {"interface", "ttl"}) {
    if (!table.Has(key) || group) continue;
    table.Fail(key, "is there, expected only with udp to a group in 224.0.0.0 to 239.255.255.255");
  }
  multicast.interface = table.Text("interface").value_or("");
  if (table.Has("interface") && !FirstOctet(multicast.interface)) {
    table.Fail("interface", fmt::format("is \"{}\", expected the IPv4 address of a network card",
                                        multicast.interface));
  }
  if (output) multicast.ttl = ReadOctet(table, "ttl", Need::kOptional).value_or(multicast.ttl);
  return multicast;
}

void ReadAsterixOutput(TomlTable& table, OutputFeed& feed) {
  if (!feed.tcp.empty()) table.Fail("tcp", "is no way that ASTERIX is sent, expected udp");
  feed.sac = ReadOctet(table, "sac").value_or(feed.sac);
  feed.sic = ReadOctet(table, "sic").value_or(feed.sic);
  if (!table.Has("category")) return;
  feed.category = ReadOctet(table, "category").value_or(feed.category);
  if (feed.category != 62 && feed.category != 21) {
    table.Fail("category", fmt::format("is {}, expected 62 or 21", feed.category));
  }
}

}  // namespace

std::optional<int> ReadOctet(TomlTable& table, std::string_view key, Need need) {
  const auto value = table.Number(key, {0.0, 255.0, ""}, need);
  if (value && *value != std::floor(*value)) table.Fail(key, "is no whole number");
  if (!value) return std::nullopt;
  return static_cast<int>(*value);
}

InputFeed ReadInput(TomlTable table, const LinkEnds& ends) {
  InputFeed feed;
  const auto format = table.Choice("format", kFeeds, Need::kRequired);
  if (format) feed.format = kFeeds[*format];
  feed.tcp = table.Text("tcp").value_or("");
  feed.udp = table.Text("udp").value_or("");
  feed.file = table.Text("file").value_or("");
  feed.zmq = table.Text("zmq").value_or("");
  feed.listen = table.Text("listen").value_or("");
  feed.sensor = table.Text("sensor").value_or("");
  feed.mqtt = ReadMqtt(table, true);
  int ways = 0;
  for (const char* way : {"tcp", "udp", "file", "zmq", "listen", "mqtt"}) {
    ways += table.Has(way) ? 1 : 0;
  }
  if (ways != 1) {
    table.Fail(fmt::format("holds {} of tcp, udp, file, zmq, listen, mqtt, expected one", ways));
  }
  if (table.Has("mqtt") && format && feed.format != "reports" && feed.format != "remote-id") {
    table.Fail("mqtt", "is there, expected only of format \"reports\" or \"remote-id\"");
  }
  if (!feed.listen.empty() && !IsEndpoint(feed.listen)) {
    table.Fail("listen", fmt::format("is \"{}\", expected \"ADDRESS:PORT\"", feed.listen));
  }
  if (table.Has("listen") && format && feed.format != "sapient") {
    table.Fail("listen", "is there, expected only of format \"sapient\"");
  }
  feed.tls = ReadTls(table, !feed.listen.empty());
  if (feed.tls.on && feed.tcp.empty() && feed.listen.empty() && feed.mqtt.broker.empty()) {
    table.Fail("tls", "is there, expected only with tcp, listen or mqtt");
  }
  if (!feed.tcp.empty() && !IsEndpoint(feed.tcp)) {
    table.Fail("tcp", fmt::format("is \"{}\", expected \"HOST:PORT\"", feed.tcp));
  }
  if (!feed.udp.empty() && !IsEndpoint(feed.udp)) {
    table.Fail("udp", fmt::format("is \"{}\", expected \"ADDRESS:PORT\"", feed.udp));
  }
  feed.multicast = ReadMulticast(table, feed.udp, false);
  if (!feed.zmq.empty() && !IsEndpoint(feed.zmq)) {
    table.Fail("zmq", fmt::format("is \"{}\", expected \"HOST:PORT\"", feed.zmq));
  }
  if (!feed.sensor.empty() && !ends.sensors.contains(feed.sensor)) {
    table.Fail("sensor", fmt::format("is \"{}\", expected the id of a sensor", feed.sensor));
  }
  const bool names_none = feed.format == "beast" || feed.format == "avr" || feed.format == "sbs" ||
                          feed.format == "readsb";
  if (names_none && feed.sensor.empty() && !ends.adsb) {
    table.Fail(
        "has no sensor whose reports these are, expected sensor = \"ID\" here or "
        "adsb = true at a sensor");
  }
  if (feed.format == "asterix" && !ends.asterix) {
    table.Fail(
        "has no sensor whose reports these are, expected asterix = { sac, sic } at a "
        "sensor");
  }
  table.Finish();
  return feed;
}

OutputFeed ReadOutput(TomlTable table) {
  OutputFeed feed;
  const auto format = table.Choice("format", kOutputs, Need::kRequired);
  if (format) feed.format = kOutputs[*format];
  feed.tcp = table.Text("tcp").value_or("");
  feed.udp = table.Text("udp").value_or("");
  feed.mqtt = ReadMqtt(table, false);
  int ways = 0;
  for (const char* way : {"tcp", "udp", "mqtt"}) ways += table.Has(way) ? 1 : 0;
  if (ways != 1) table.Fail(fmt::format("holds {} of tcp, udp, mqtt, expected one", ways));
  if (format && table.Has("mqtt") != (feed.format == "json")) {
    table.Fail("format", table.Has("mqtt") ? "is not \"json\", expected that with mqtt"
                                           : "is \"json\", expected that only with mqtt");
  }
  if (feed.format == "sapient" && table.Has("udp")) {
    table.Fail("udp", "is there, expected tcp of format \"sapient\"");
  }
  if (!feed.tcp.empty() && !IsEndpoint(feed.tcp)) {
    table.Fail("tcp", fmt::format("is \"{}\", expected \"HOST:PORT\"", feed.tcp));
  }
  if (!feed.udp.empty() && !IsEndpoint(feed.udp)) {
    table.Fail("udp", fmt::format("is \"{}\", expected \"ADDRESS:PORT\"", feed.udp));
  }
  feed.multicast = ReadMulticast(table, feed.udp, true);
  feed.tls = ReadTls(table, false);
  if (feed.tls.on && feed.tcp.empty() && feed.mqtt.broker.empty()) {
    table.Fail("tls", "is there, expected only with tcp or mqtt");
  }
  feed.every_s = table.Number("every_s", {0.1, 60.0, "s"}).value_or(feed.every_s);
  if (feed.format == "asterix") {
    ReadAsterixOutput(table, feed);
  } else {
    feed.stale_s = table.Number("stale_s", {1.0, 3600.0, "s"}).value_or(feed.stale_s);
  }
  feed.trail_s = table.Number("trail_s", {0.0, 3600.0, "s"}).value_or(feed.trail_s);
  if (table.Has("trail_s") && format && feed.format != "cot" && feed.format != "tak") {
    table.Fail("trail_s", "is there, expected only of format \"cot\" or \"tak\"");
  }
  table.Finish();
  return feed;
}

std::string_view RoleName(Role role) { return kRoles[static_cast<std::size_t>(role)]; }

AccessSettings ReadAccess(TomlTable& root) {
  AccessSettings access;
  auto table = root.Table("access");
  if (!table) return access;
  access.operator_retention = Duration::Seconds(
      table->Number("operator_retention_s", {0.0, kMaxOperatorRetention.s(), "s"}).value_or(0.0));
  std::set<std::string> names;
  for (TomlTable& of : table->Tables("key")) {
    AccessKey key;
    key.name = of.Text("name", Need::kRequired).value_or("");
    if (of.Has("name") && !names.insert(key.name).second) {
      of.Fail("name",
              fmt::format("is \"{}\", as another one's before it, expected a name of its own",
                          key.name));
    }
    key.role = static_cast<Role>(of.Choice("role", kRoles, Need::kRequired).value_or(0));
    key.sha256 = of.Text("sha256", Need::kRequired).value_or("");
    boost::algorithm::to_lower(key.sha256);
    if (of.Has("sha256") &&
        (key.sha256.size() != 64 ||
         key.sha256.find_first_not_of("0123456789abcdef") != std::string::npos)) {
      of.Fail("sha256", "is not 64 hexadecimal digits, expected those that sha256sum prints");
    }
    of.Finish();
    access.keys.push_back(std::move(key));
  }
  table->Finish();
  return access;
}

}  // namespace picket
