/* Cell models from shared libraries: loaded once a process, checked, kept until PetscFinalize. */
#include "internal.h"

#include <ctype.h>
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct plugin {
  struct plugin *next;
  char *path; /* as realpath() gives it */
  void *handle;
  int n;
  const struct hc_cell_model *const *models;
};

static struct plugin *loaded; /* of this process */

static PetscErrorCode close_all(void)
{
  PetscFunctionBeginUser;
  for (struct plugin *next; loaded; loaded = next) {
    next = loaded->next;
    (void)dlclose(loaded->handle);
    PetscCall(PetscFree(loaded->path));
    PetscCall(PetscFree(loaded));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Tables ------------------------------------------------------------------------------------------------------ */

static bool is_identifier(const char *name)
{
  if (!name || !(isalpha((unsigned char)name[0]) || name[0] == '_'))
    return false;
  for (const char *c = name; *c; ++c)
    if (!isalnum((unsigned char)*c) && *c != '_')
      return false;
  return true;
}

#define REQUIRE(condition, ...)                                                                                        \
  do {                                                                                                                 \
    if (!(condition)) {                                                                                                \
      (void)snprintf(found, size, __VA_ARGS__);                                                                        \
      return false;                                                                                                    \
    }                                                                                                                  \
  } while (0)

/* Each of these says whether the tables are sound; what is not goes into `found`. */
static bool names_are_sound(const char *what, int n, const void *rows, size_t stride, char *found, size_t size)
{
  for (int i = 0; i < n; ++i) {
    const char *const *texts = (const void *)((const char *)rows + (size_t)i * stride); /* name, unit, meaning */
    REQUIRE(is_identifier(texts[0]), "%s %d has no proper name", what, i);
    REQUIRE(texts[1] && texts[2], "%s %s lacks unit or meaning", what, texts[0]);
    for (int j = 0; j < i; ++j) {
      const char *const *other = (const void *)((const char *)rows + (size_t)j * stride);
      REQUIRE(strcmp(texts[0], other[0]) != 0, "two of its %ss are called %s", what, texts[0]);
    }
  }
  return true;
}

static bool states_are_sound(const struct hc_cell_model *model, char *found, size_t size)
{
  const struct hc_state_info *states = model->states;
  REQUIRE(model->n_states > 0 && states, "it has no states");
  if (!names_are_sound("state", model->n_states, states, sizeof(*states), found, size))
    return false;
  REQUIRE(strcmp(states[0].name, "V") == 0 && strcmp(states[0].unit, "mV") == 0 && states[0].kind == HC_STATE_POTENTIAL,
          "its first state is %s in %s; allowed: V in mV, the potential", states[0].name, states[0].unit);
  REQUIRE(model->v_limits[0] < model->v_limits[1] && states[0].initial >= model->v_limits[0] &&
              states[0].initial <= model->v_limits[1],
          "V begins at %g mV; allowed: within its limits %g to %g mV", states[0].initial, model->v_limits[0],
          model->v_limits[1]);
  for (int i = 1; i < model->n_states; ++i) {
    const double y = states[i].initial;
    const bool fraction = states[i].kind == HC_STATE_GATE || states[i].kind == HC_STATE_CHAIN;
    REQUIRE((int)states[i].kind > HC_STATE_POTENTIAL && states[i].kind <= HC_STATE_CHAIN,
            "state %s is of no known kind", states[i].name);
    REQUIRE(fraction ? y >= 0 && y <= 1 : isfinite(y), "state %s begins at %g; allowed: %s", states[i].name, y,
            fraction ? "0 to 1" : "finite");
  }
  return true;
}

static bool parameters_are_sound(const struct hc_cell_model *model, char *found, size_t size)
{
  const struct hc_parameter_info *parameters = model->parameters;
  const struct hc_current_info *currents = model->currents;
  const int own = model->n_parameters - model->n_currents;
  REQUIRE(parameters && currents && model->n_currents >= 0 && own >= 0,
          "it has %d parameters for %d currents; allowed: its own and a scale for each current", model->n_parameters,
          model->n_currents);
  if (!names_are_sound("parameter", model->n_parameters, parameters, sizeof(*parameters), found, size) ||
      !names_are_sound("current", model->n_currents, currents, sizeof(*currents), found, size))
    return false;
  for (int c = 0; c < model->n_currents; ++c)
    REQUIRE(strncmp(parameters[own + c].name, "scale_", 6) == 0 &&
                strcmp(parameters[own + c].name + 6, currents[c].name) == 0,
            "parameter %s stands where scale_%s should", parameters[own + c].name, currents[c].name);
  for (int p = 0; p < model->n_parameters; ++p)
    REQUIRE(parameters[p].source && parameters[p].fallback >= parameters[p].min &&
                parameters[p].fallback <= parameters[p].max,
            "parameter %s has no source or the default %g, out of its range %g to %g", parameters[p].name,
            parameters[p].fallback, parameters[p].min, parameters[p].max);
  return true;
}

static bool model_is_sound(const struct hc_cell_model *model, char *found, size_t size)
{
  REQUIRE(is_identifier(model->name) && model->title && model->citation, "it has no proper name, title or citation");
  if (!states_are_sound(model, found, size) || !parameters_are_sound(model, found, size))
    return false;
  REQUIRE(model->n_sums >= 0 && (model->n_sums == 0 || (model->sums && model->sums_of)),
          "it has %d sums without a table or a function", model->n_sums);
  REQUIRE(isfinite(model->stimulus) && model->stimulus_duration >= 0 && isfinite(model->stimulus_duration) &&
              model->cost > 0 && isfinite(model->cost),
          "its stimulus or cost is no number");
  REQUIRE(model->lanes > 0 && model->lanes <= 64 && (model->lanes & (model->lanes - 1)) == 0,
          "it has %d lanes; allowed: a power of two up to 64", model->lanes);
  REQUIRE(model->step && model->step2 && model->rates, "it lacks step, step2 or rates");
  REQUIRE(!model->source || is_identifier(model->body), "it has a text for devices and no body");
  return true;
}

/* ---- Files ------------------------------------------------------------------------------------------------------- */

/* A plug-in whose model is called as one of ours gets ours from the dynamic linker unless it binds to its own symbols.
 */
static bool is_own(const struct plugin *plugin, const void *object)
{
  Dl_info list, other;
  return dladdr((const void *)plugin->models, &list) != 0 && dladdr(object, &other) != 0 &&
         list.dli_fbase == other.dli_fbase;
}

static PetscErrorCode check_models(const struct plugin *plugin)
{
  char found[256];
  PetscFunctionBeginUser;
  PetscCheck(plugin->n > 0, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: hc_cell_plugin lists no models", plugin->path);
  for (int i = 0; i < plugin->n; ++i) {
    const struct hc_cell_model *model = plugin->models[i];
    PetscCheck(is_own(plugin, model), PETSC_COMM_SELF, HC_ERR_INPUT,
               "%s: model %d of hc_cell_plugin lies in another library; link the plug-in with -Wl,-Bsymbolic",
               plugin->path, i);
    PetscCheck(model->abi == HC_CELL_ABI, PETSC_COMM_SELF, HC_ERR_INPUT,
               "%s: was built for version %d of kernels/cell_model.h; this healthcast has version %d: build it again",
               plugin->path, model->abi, HC_CELL_ABI);
    PetscCheck(model_is_sound(model, found, sizeof(found)), PETSC_COMM_SELF, HC_ERR_INPUT, "%s: model %d (%s): %s",
               plugin->path, i, model->name ? model->name : "", found);
    for (int j = 0; j < i; ++j)
      PetscCheck(strcmp(plugin->models[j]->name, model->name) != 0, PETSC_COMM_SELF, HC_ERR_INPUT,
                 "%s: two of its models are called %s", plugin->path, model->name);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* dlopen's message without the path that it begins with. */
static const char *loader_error(const char *path)
{
  const char *text = dlerror();
  const size_t n = strlen(path);
  if (!text)
    return "unknown error";
  return strncmp(text, path, n) == 0 && strncmp(text + n, ": ", 2) == 0 ? text + n + 2 : text;
}

static PetscErrorCode open_plugin(struct plugin *plugin)
{
  PetscFunctionBeginUser;
  plugin->handle = dlopen(plugin->path, RTLD_NOW | RTLD_LOCAL);
  PetscCheck(plugin->handle, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: cannot be loaded as a plug-in: %s", plugin->path,
             loader_error(plugin->path));
  plugin->models = (const struct hc_cell_model *const *)dlsym(plugin->handle, "hc_cell_plugin");
  PetscCheck(plugin->models, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: is no plug-in of cell models: it has no symbol hc_cell_plugin", plugin->path);
  while (plugin->models[plugin->n])
    plugin->n++;
  PetscCall(check_models(plugin));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode load(const char *path, struct plugin **plugin)
{
  static bool registered = false;
  struct plugin *made;
  PetscErrorCode code;
  PetscFunctionBeginUser;
  PetscCall(PetscNew(&made));
  PetscCall(PetscStrallocpy(path, &made->path));
  code = open_plugin(made);
  if (code) {
    if (made->handle)
      (void)dlclose(made->handle);
    PetscCall(PetscFree(made->path));
    PetscCall(PetscFree(made));
  }
  PetscCall(code);
  if (!registered)
    PetscCall(PetscRegisterFinalize(close_all));
  registered = true;
  made->next = loaded;
  loaded = *plugin = made;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Split "path.so:name" into the real path and the name ("" if there is none). False, with errno, if there is no such
 * file. A file whose own name holds a colon is found too. */
static bool split(const char *text, char path[PATH_MAX], const char **name)
{
  const char *colon = strrchr(text, ':');
  char file[PATH_MAX];
  *name = "";
  if (realpath(text, path))
    return true;
  if (!colon || colon == text || strchr(colon, '/') || (size_t)(colon - text) >= sizeof(file))
    return false;
  (void)snprintf(file, sizeof(file), "%.*s", (int)(colon - text), text);
  *name = colon + 1;
  return realpath(file, path) != NULL;
}

static struct plugin *find_loaded(const char *path)
{
  struct plugin *plugin = loaded;
  while (plugin && strcmp(plugin->path, path) != 0)
    plugin = plugin->next;
  return plugin;
}

/* Position of the model called `name` in the plug-in, -1 if there is none. */
static int position(const struct plugin *plugin, const char *name)
{
  for (int i = 0; i < plugin->n; ++i)
    if (strcmp(plugin->models[i]->name, name) == 0)
      return i;
  return -1;
}

static PetscErrorCode refuse_model(const struct plugin *plugin, const char *name)
{
  char known[512] = "";
  PetscFunctionBeginUser;
  for (int i = 0; i < plugin->n; ++i) {
    const size_t n = strlen(known);
    (void)snprintf(known + n, sizeof(known) - n, "%s%s", i ? ", " : "", plugin->models[i]->name);
  }
  PetscCheck(*name, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: holds %d models; allowed: the path with :name behind it, of %s",
             plugin->path, plugin->n, known);
  SETERRQ(PETSC_COMM_SELF, HC_ERR_INPUT, "%s: has no model \"%s\"; allowed: %s", plugin->path, name, known);
}

PetscErrorCode hc_cell_plugin_load(const char *path, int *n, const struct hc_cell_model *const **models)
{
  char file[PATH_MAX];
  const char *name;
  struct plugin *plugin;
  PetscFunctionBeginUser;
  PetscCheck(split(path, file, &name), PETSC_COMM_SELF, HC_ERR_INPUT, "%s: no plug-in can be read here: %s", path,
             strerror(errno));
  plugin = find_loaded(file);
  if (!plugin)
    PetscCall(load(file, &plugin));
  *n = plugin->n;
  *models = plugin->models;
  if (*name) {
    const int at = position(plugin, name);
    if (at < 0)
      PetscCall(refuse_model(plugin, name));
    *models = plugin->models + at;
    *n = 1;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

bool hc_is_plugin(const char *model)
{
  return strpbrk(model, "/.:") != NULL;
}

PetscErrorCode hc_plugin_find(const char *text, const struct hc_cell_model **model)
{
  const struct hc_cell_model *const *models;
  char path[PATH_MAX];
  const char *name;
  int n;
  PetscFunctionBeginUser;
  PetscCall(hc_cell_plugin_load(text, &n, &models));
  if (n > 1 && split(text, path, &name))
    PetscCall(refuse_model(find_loaded(path), ""));
  *model = models[0];
  PetscFunctionReturn(PETSC_SUCCESS);
}

const struct hc_cell_model *hc_plugin_loaded(const char *text, const char **path)
{
  char real[PATH_MAX];
  const char *name;
  const struct plugin *plugin = split(text, real, &name) ? find_loaded(real) : NULL;
  const int at = !plugin ? -1 : *name ? position(plugin, name) : plugin->n == 1 ? 0 : -1;
  if (at < 0)
    return NULL;
  if (path)
    *path = plugin->path;
  return plugin->models[at];
}
