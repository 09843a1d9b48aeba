#include "serve/openapi.h"

#include <nlohmann/json.hpp>

#include "base/version.h"
#include "core/job_fields.h"

namespace clipmill {
namespace {

using nlohmann::json;

constexpr const char* kText =
#include "serve/openapi.inc"
    ;

json or_null(const json& schema) { return {{"anyOf", {schema, {{"type", "null"}}}}}; }

void describe(json& settings) {
  for (auto& [key, schema] : settings.items()) {
    if (const JobField* field = find_job_field(key); field && !schema.contains("$ref"))
      schema["description"] = field->help;
  }
}

/// The clip's length: "4", 4 or, for a form, "4".
json seconds_schema() {
  return {{"description", "length of the clip; the nearest that the model can make"},
          {"anyOf",
           {{{"type", "number"}, {"exclusiveMinimum", 0}, {"maximum", 3600}},
            {{"type", "string"}, {"pattern", "^[1-9][0-9]{0,2}$"}}}}};
}

json model_schema() {
  return {{"type", "string"}, {"description", "its name; may be left out where there is one model"}};
}

json object_of(json properties, const json& required) {
  return {{"type", "object"},
          {"additionalProperties", false},
          {"properties", std::move(properties)},
          {"required", required}};
}

/// A request in JSON, from which a form differs in having no nulls and no objects.
void add_request(json& schemas, const std::string& name, const json& required) {
  json form = schemas["Settings"]["properties"];
  form["model"] = model_schema();
  form["seconds"] = seconds_schema();
  json body = json::object();
  for (const auto& [key, schema] : form.items()) body[key] = key == "prompt" ? schema : or_null(schema);
  body["extra_params"] = or_null({{"$ref", "#/components/schemas/Settings"}});
  form["lora"] = {{"type", "string"}, {"description", "NAME:SCALE, several apart by semicolons"}};
  schemas[name] = object_of(std::move(body), required);
  schemas[name + "Form"] = object_of(std::move(form), required);
  schemas[name + "Form"]["minProperties"] = 1;  // a form without fields is none
}

/// Those that any request may get: who has no token, or one of another scope.
void add_refusals(json& paths) {
  for (auto& [path, methods] : paths.items()) {
    for (auto& [method, operation] : methods.items()) {
      if (method == "parameters" || operation.contains("security")) continue;
      operation["responses"]["401"] = {{"$ref", "#/components/responses/Unauthorized"}};
      operation["responses"]["403"] = {{"$ref", "#/components/responses/Forbidden"}};
    }
  }
}

json complete() {
  json document = json::parse(kText);
  document["info"]["version"] = kVersion;
  json& schemas = document["components"]["schemas"];
  describe(schemas["Settings"]["properties"]);
  add_request(schemas, "CreateVideo", json::array({"prompt"}));
  add_request(schemas, "RemixVideo", json::array());
  add_refusals(document["paths"]);
  return document;
}

}  // namespace

const json& openapi() {
  static const json document = complete();
  return document;
}

}  // namespace clipmill
