/* Reading: values, fallbacks, --set, places, and every kind of error with its exact message. */
#include "test_params_case.h"

static const char *const least = "mesh: m.h5\n"; /* the mandatory keys alone */

START_TEST(fallbacks_are_taken)
{
  struct root root;
  struct hc_params *params;
  write_case(least);
  ck_call(read_case(0, NULL, &root, &params));
  ck_assert_ptr_eq(root.params, params);
  ck_assert_ptr_eq(root.time.params, params);
  ck_assert_str_eq(root.title, "no title");
  ck_assert_ptr_null(root.note);
  ck_assert_ptr_null(root.extra);
  ck_assert_int_eq(root.count, 3);
  ck_assert(root.time.step == 0.05 && root.time.end == 100 && root.time.mass == 1);
  ck_assert_int_eq(root.time.scheme, 1);
  ck_assert_int_eq(root.time.fallback_scheme, -1);
  ck_assert(!root.time.adapt);
  ck_assert_int_eq(root.stimuli.n, 0);
  ck_assert_int_eq(root.conductivity.n, 3);
  ck_assert(root.conductivity.v[1] == 0.019);
  ck_assert_int_eq(root.maybe.n, 0);
  ck_assert_int_eq(root.tags.n, 0);
  ck_assert_int_eq(root.fields.n, 1);
  ck_assert_str_eq(root.fields.v[0], "V");
  ck_assert_int_eq(root.parameters.n, 0);
  ck_assert(isnan(root.optional));
  ck_assert_int_eq(root.probes.n, 1);
  ck_assert_str_eq(((struct stimulus *)root.probes.items)->name, "p");
  hc_params_destroy(&params);
  ck_assert_ptr_null(params);
  hc_params_destroy(&params);
}
END_TEST

START_TEST(values_are_read)
{
  struct root root;
  struct hc_params *params;
  char path[128];
  write_case(full_case);
  ck_call(read_case(0, NULL, &root, &params));
  ck_assert_str_eq(root.title, "a \"b\" \\ \xe2\x80\xa8 \t: # \xc3\xa4");
  snprintf(path, sizeof path, "%s/data/../mesh.h5", scratch);
  ck_assert_str_eq(root.mesh, path);
  ck_assert_str_eq(hc_params_folder(params), scratch);
  ck_assert_str_eq(root.note, "yes");
  ck_assert_str_eq(root.extra, "/abs/olute");
  ck_assert(root.seed == INT64_MIN && root.count == 10);
  ck_assert(root.time.step == 0.12345678901234568 && root.time.end == DBL_MAX && root.time.mass == 0.1 + 0.2);
  ck_assert(root.time.scheme == 0 && root.time.fallback_scheme == 1 && root.time.adapt);
  ck_assert_int_eq(root.stimuli.n, 2);
  const struct stimulus *s = root.stimuli.items;
  ck_assert_str_eq(s[0].name, "s1");
  ck_assert(s[0].start == 5 && s[0].box.min.v[1] == -1.5 && s[0].box.min.v[2] == 0.002);
  ck_assert(s[0].box.max.v[1] == 4.9406564584124654e-324 && signbit(s[0].box.max.v[2]));
  ck_assert(s[1].start == 0 && s[1].box.min.v[0] == 0.5 && s[1].box.min.v[1] == 5 && s[1].box.min.v[2] == 5);
  ck_assert(s[1].box.max.v[2] == 1 && s[1].box.params == params);
  ck_assert(root.conductivity.n == 1 && root.conductivity.v[0] == 0.2);
  ck_assert(root.tags.n == 3 && root.tags.v[2] == 6);
  ck_assert_int_eq(root.fields.n, 3);
  ck_assert_str_eq(root.fields.v[1], "m: 1");
  ck_assert_str_eq(root.fields.v[2], "");
  ck_assert_int_eq(root.parameters.n, 2);
  ck_assert_str_eq(root.parameters.keys[1], "a b");
  ck_assert(root.parameters.values[1] == -85.2);
  ck_assert(root.optional == -1e-300 && root.level == -1e-6);
  ck_assert_int_eq(root.probes.n, 0);
  hc_params_destroy(&params);
}
END_TEST

START_TEST(defaults_need_no_file)
{
  struct root root;
  struct hc_params *params;
  ck_call(hc_params_defaults(&root_block, &root, &params));
  ck_assert_ptr_null(root.mesh);
  ck_assert(root.time.step == 0.05 && root.conductivity.n == 3 && root.stimuli.n == 0);
  ck_assert_str_eq(hc_params_place(params, &root.time.step), "input: time.step (default)");
  ck_assert_str_eq(hc_params_folder(params), ".");
  hc_params_destroy(&params);
  ck_assert_str_eq(hc_params_place(NULL, &root), "input");
}
END_TEST

START_TEST(set_goes_over_the_file)
{
  const char *const set[] = {"time.step=0.01",     "time.step=2e-2", /* the last one counts */
                             "stimuli[1].start=7", "stimuli.s1.box.min[2]=9", "tags=[7, 8]",
                             "parameters.gkr=0.1", "parameters.gks=1",        "title=a: b = c"};
  struct root root;
  struct hc_params *params;
  write_case(full_case);
  ck_call(read_case(7, set, &root, &params));
  const struct stimulus *s = root.stimuli.items;
  ck_assert(root.time.step == 0.02 && s[1].start == 7 && s[0].box.min.v[2] == 9 && s[0].box.min.v[0] == 0);
  ck_assert(root.tags.n == 2 && root.tags.v[1] == 8);
  ck_assert(root.parameters.n == 3 && root.parameters.values[0] == 1 && root.parameters.values[2] == 0.1);
  ck_assert_str_eq(hc_params_place(params, &root.time.step), "--set time.step=2e-2: time.step");
  ck_assert_str_eq(hc_params_place(params, &s[0].box.min.v[2]), "--set stimuli.s1.box.min[2]=9: stimuli[0].box.min[2]");
  ck_assert_str_eq(hc_params_place_entry(params, &root.parameters, 2), "--set parameters.gkr=0.1: parameters.gkr");
  hc_params_destroy(&params);
  ck_call_fails(read_case(8, set, &root, &params), HC_ERR_INPUT, "--set title=a: b = c: title: found a block of keys");
}
END_TEST

/* A name stays one; anything else is a path. */
START_TEST(names_and_maps_of_texts_are_read)
{
  const char *const set[] = {"links.ikr=y", "links.gks=z", "model=plain_name", "other=./b.so"};
  const char *const bad[] = {"links.gks.x=1", "links=[1]", "links.gks=[1]", "model=''"};
  const char *const messages[] = {"--set links.gks.x=1: links.gks: a text, which has no keys of its own",
                                  "links: found a list of 1; allowed: a block of names with texts",
                                  "links.gks: found a list of 1; allowed: text",
                                  "model: found \"\"; allowed: a name or a path"};
  struct root root;
  struct hc_params *params;
  char path[160];
  write_case(full_case);
  ck_call(read_case(0, NULL, &root, &params));
  snprintf(path, sizeof path, "%s/cells/my.so:epi", hc_params_folder(params));
  ck_assert_str_eq(root.model, path);
  ck_assert_str_eq(root.other, "fenton_karma-2");
  ck_assert_int_eq(root.links.n, 2);
  ck_assert_str_eq(root.links.keys[1], "a \"b\"");
  ck_assert_str_eq(root.links.values[1], "1 - 0.5*x");
  ck_assert_str_eq(hc_params_place_entry(params, &root.links, 0), "case.yaml:33: links.gks");
  hc_params_destroy(&params);
  ck_call(read_case(4, set, &root, &params));
  ck_assert_int_eq(root.links.n, 3);
  ck_assert_str_eq(root.links.values[0], "z");
  ck_assert_str_eq(hc_params_place_entry(params, &root.links, 2), "--set links.ikr=y: links.ikr");
  ck_assert_str_eq(root.model, "plain_name");
  snprintf(path, sizeof path, "%s/b.so", hc_params_folder(params));
  ck_assert_str_eq(root.other, path);
  hc_params_destroy(&params);
  for (int i = 0; i < 4; i++)
    ck_call_fails(read_case(1, &bad[i], &root, &params), HC_ERR_INPUT, messages[i]);
}
END_TEST

START_TEST(set_may_make_blocks)
{
  const char *const set[] = {"time.scheme=godunov", "stimuli=[{name: a, box: {min: [1, 2, 3]}}]", "stimuli.a.start=4",
                             "note=", "parameters.x=1"};
  struct root root;
  struct hc_params *params;
  write_case("mesh: m.h5\nparameters:\n");
  ck_call(read_case(5, set, &root, &params));
  const struct stimulus *s = root.stimuli.items;
  ck_assert(root.time.scheme == 0 && root.stimuli.n == 1 && s->start == 4 && s->box.min.v[2] == 3);
  ck_assert(root.parameters.n == 1 && root.note == NULL);
  hc_params_destroy(&params);
}
END_TEST

START_TEST(places_are_known)
{
  struct root root;
  struct hc_params *params;
  write_case(full_case);
  ck_call(read_case(0, NULL, &root, &params));
  const struct stimulus *s = root.stimuli.items;
  ck_assert_str_eq(hc_params_place(params, &root.time.step), "case.yaml:9: time.step");
  ck_assert_str_eq(hc_params_place(params, &root.time), "case.yaml:8: time");
  ck_assert_str_eq(hc_params_place(params, &root), "case.yaml:1");
  ck_assert_str_eq(hc_params_place(params, &s[0].box.min), "case.yaml:19: stimuli[0].box.min");
  ck_assert_str_eq(hc_params_place(params, &s[0].box.max.v[2]), "case.yaml:23: stimuli[0].box.max[2]");
  ck_assert_str_eq(hc_params_place(params, &s[1]), "case.yaml:24: stimuli[1]");
  ck_assert_str_eq(hc_params_place(params, &s[1].start), "case.yaml:24: stimuli[1].start (default)");
  ck_assert_str_eq(hc_params_place(params, &root.stimuli), "case.yaml:15: stimuli");
  ck_assert_str_eq(hc_params_place(params, &root.tags.v[1]), "case.yaml:28: tags[1]");
  ck_assert_str_eq(hc_params_place_entry(params, &root.parameters, 1), "case.yaml:30: parameters.a b");
  ck_assert_str_eq(hc_params_place(params, &params), "input");
  hc_params_destroy(&params);
  write_case(least);
  ck_call(read_case(0, NULL, &root, &params));
  ck_assert_str_eq(hc_params_place(params, &root.time.end), "case.yaml:1: time.end (default)");
  hc_params_destroy(&params);
}
END_TEST

static const struct {
  const char *text, *set, *message;
} wrong[] = {
    {"mesh: m\ntime:\n  stepp: 1\n", NULL,
     "case.yaml:3: time.stepp: unknown key; did you mean \"step\"? Allowed here: step, end, mass, scheme, "
     "fallback_scheme, adapt"},
    {"mesh: m\nqqqqqqqq: 1\n", NULL,
     "case.yaml:2: qqqqqqqq: unknown key; Allowed here: title, mesh, note, extra, count, seed, time, stimuli, "
     "conductivity, apd, maybe, tags, fields, parameters, model, other, links, optional, level, probes"},
    {"mesh: m\n\ntime:\n  step: -0.1\n", NULL,
     "case.yaml:4: time.step: found -0.1; allowed: a number from 1e-06 to 10 (ms)"},
    {"mesh: m", "time.step=fast",
     "--set time.step=fast: time.step: found \"fast\"; allowed: a number from 1e-06 to 10 (ms)"},
    {"mesh: m\ntime: {step: \"5\"}", NULL,
     "case.yaml:2: time.step: found the text \"5\"; allowed: a number from 1e-06 to 10 (ms)"},
    {"mesh: m\ntime: {step: }", NULL, "case.yaml:2: time.step: found nothing; allowed: a number from 1e-06 to 10 (ms)"},
    {"mesh: m\ntime: {step: [1]}", NULL,
     "case.yaml:2: time.step: found a list of 1; allowed: a number from 1e-06 to 10 (ms)"},
    {"mesh: m\ntime: {step: {a: 1}}", NULL,
     "case.yaml:2: time.step: found a block of keys; allowed: a number from 1e-06 to 10 (ms)"},
    {"mesh: m\ntime: {end: .nan}", NULL, "case.yaml:2: time.end: found \".nan\"; allowed: a number of at least 0 (ms)"},
    {"mesh: m\ntime: {end: inf}", NULL, "case.yaml:2: time.end: found \"inf\"; allowed: a number of at least 0 (ms)"},
    {"mesh: m\noptional: nan", NULL, "case.yaml:2: optional: found \"nan\"; allowed: a number (mV)"},
    {"mesh: m\noptional: 1e999", NULL, "case.yaml:2: optional: found 1e999; allowed: a number (mV)"},
    {"mesh: m\noptional: 1e-999", NULL, "case.yaml:2: optional: found 1e-999; allowed: a number (mV)"},
    {"mesh: m\noptional: 0x10", NULL, "case.yaml:2: optional: found \"0x10\"; allowed: a number (mV)"},
    {"mesh: m\noptional: 1_000", NULL, "case.yaml:2: optional: found \"1_000\"; allowed: a number (mV)"},
    {"mesh: m\noptional: 1e", NULL, "case.yaml:2: optional: found \"1e\"; allowed: a number (mV)"},
    {"mesh: m\noptional: .", NULL, "case.yaml:2: optional: found \".\"; allowed: a number (mV)"},
    {"mesh: m\nlevel: 1", NULL, "case.yaml:2: level: found 1; allowed: a number of at most 0"},
    {"mesh: m\ntime: {mass: 2}", NULL,
     "case.yaml:2: time.mass: found 2; allowed: lumped, consistent or a number from 0 to 1"},
    {"mesh: m\ntime: {mass: lumpy}", NULL,
     "case.yaml:2: time.mass: found \"lumpy\"; allowed: lumped, consistent or a number from 0 to 1"},
    {"mesh: m\ntime: {scheme: Strang}", NULL, "case.yaml:2: time.scheme: found \"Strang\"; allowed: godunov or strang"},
    {"mesh: m\ntime: {scheme: ~}", NULL, "case.yaml:2: time.scheme: found nothing; allowed: godunov or strang"},
    {"mesh: m\ntime: {adapt: yes}", NULL, "case.yaml:2: time.adapt: found \"yes\"; allowed: true or false"},
    {"mesh: m\ntime: {adapt: 1}", NULL, "case.yaml:2: time.adapt: found 1; allowed: true or false"},
    {"mesh: m\ntime: {adapt: 'true'}", NULL, "case.yaml:2: time.adapt: found \"true\"; allowed: true or false"},
    {"mesh: m\ncount: 11", NULL, "case.yaml:2: count: found 11; allowed: an integer from 1 to 10"},
    {"mesh: m\ncount: 1.0", NULL, "case.yaml:2: count: found 1.0; allowed: an integer from 1 to 10"},
    {"mesh: m\nseed: 9223372036854775808", NULL, "case.yaml:2: seed: found 9223372036854775808; allowed: an integer"},
    {"mesh: m\ntime: 5", NULL,
     "case.yaml:2: time: found 5; allowed: a block of keys: step, end, mass, scheme, fallback_scheme, adapt"},
    {"mesh: m\nconductivity: [1, 2, 3, 4]", NULL,
     "case.yaml:2: conductivity: found a list of 4; allowed: a list of 1 to 3 numbers from 0 to 100 (S/m)"},
    {"mesh: m\nconductivity: []", NULL,
     "case.yaml:2: conductivity: found a list of 0; allowed: a list of 1 to 3 numbers from 0 to 100 (S/m)"},
    {"mesh: m\nconductivity:\n  - 1\n  - a\n", NULL,
     "case.yaml:4: conductivity[1]: found \"a\"; allowed: a number from 0 to 100 (S/m)"},
    {"mesh: m\nmaybe: 1", NULL, "case.yaml:2: maybe: found 1; allowed: a list of 2 numbers"},
    {"mesh: m\ntags: [1, 1001]", NULL, "case.yaml:2: tags[1]: found 1001; allowed: an integer from 0 to 1000"},
    {"mesh: m\nfields: [V, [m]]", NULL, "case.yaml:2: fields[1]: found a list of 1; allowed: text"},
    {"mesh: m\nfields: {V: 1}", NULL, "case.yaml:2: fields: found a block of keys; allowed: a list of texts"},
    {"mesh: m\nparameters: {gks: high}", NULL, "case.yaml:2: parameters.gks: found \"high\"; allowed: a number"},
    {"mesh: m\nparameters: [1]", NULL,
     "case.yaml:2: parameters: found a list of 1; allowed: a block of names with numbers"},
    {"mesh: [m]", NULL, "case.yaml:1: mesh: found a list of 1; allowed: a path"},
    {"mesh: ''", NULL, "case.yaml:1: mesh: found \"\"; allowed: a path"},
    {"mesh: m\ntitle: ~", NULL, "case.yaml:2: title: found nothing; allowed: text"},
    {"mesh: m\nstimuli: {name: a}", NULL,
     "case.yaml:2: stimuli: found a block of keys; allowed: a list of 0 to 3 blocks of keys: name, start, box"},
    {"mesh: m\nstimuli: [1]", NULL, "case.yaml:2: stimuli[0]: found 1; allowed: a block of keys: name, start, box"},
    {"mesh: m\nstimuli: [{}, {}, {}, {}]", NULL,
     "case.yaml:2: stimuli: found a list of 4; allowed: a list of 0 to 3 blocks of keys: name, start, box"},
    {"mesh: m\nstimuli:\n  - name: a\n    box: {min: [1, 2, 3]}\n  - name: a\n    box: {min: [1, 2, 3]}\n", NULL,
     "case.yaml:5: stimuli[1].name: found \"a\"; allowed: a name of its own (stimuli[0] has this one)"},
    {"title: a", NULL, "case.yaml:1: mesh: missing; allowed: a path (mandatory)"},
    {"title: a\nmesh:\n", NULL, "case.yaml:2: mesh: missing; allowed: a path (mandatory)"},
    {"mesh: m\nstimuli:\n  - name: a\n", NULL,
     "case.yaml:3: stimuli[0].box.min: missing; allowed: a list of 3 numbers (mm) (mandatory)"},
    {"mesh: m\nstimuli:\n  - name: a\n    box:\n      max: [1, 2, 3]\n", NULL,
     "case.yaml:4: stimuli[0].box.min: missing; allowed: a list of 3 numbers (mm) (mandatory)"},
    {"mesh: m\ntime:\n  step: 1\n  end: 2\n  step: 3\n", NULL, "case.yaml:5: time.step: given twice, first on line 3"},
    {"", NULL,
     "case.yaml:1: found an empty file; allowed: a block of keys: title, mesh, note, extra, count, seed, time, "
     "stimuli, "
     "conductivity, apd, maybe, tags, fields, parameters, model, other, links, optional, level, probes"},
    {"# nothing\n", NULL,
     "case.yaml:1: found an empty file; allowed: a block of keys: title, mesh, note, extra, count, seed, time, "
     "stimuli, "
     "conductivity, apd, maybe, tags, fields, parameters, model, other, links, optional, level, probes"},
    {"- a\n", NULL,
     "case.yaml:1: found a list of 1; allowed: a block of keys: title, mesh, note, extra, count, seed, time, stimuli, "
     "conductivity, apd, maybe, tags, fields, parameters, model, other, links, optional, level, probes"},
    {"mesh: m\ntime:\n\tstep: 1\n", NULL, "case.yaml:3: found a tab; allowed: spaces"},
    {"mesh: m\ntags: [1, 2\n", NULL,
     "case.yaml:3: not valid YAML: did not find expected ',' or ']', while parsing a flow sequence that starts on line "
     "2"},
    {"mesh: m\nnote: \"abc\n", NULL,
     "case.yaml:3: not valid YAML: found unexpected end of stream, while scanning a quoted scalar that starts on line "
     "2"},
    {"mesh: m\n  count: 1\n", NULL, "case.yaml:2: not valid YAML: mapping values are not allowed in this context"},
    {"mesh: m\nnote: \xff\n", NULL,
     "case.yaml:2: not a text in UTF-8: invalid leading UTF-8 octet (0xff); allowed: YAML"},
    {"mesh: m\nnote: \x01\n", NULL,
     "case.yaml:2: not a text in UTF-8: control characters are not allowed (0x01); allowed: YAML"},
    {"mesh: m\nnote: \"a\\0b\"\n", NULL, "case.yaml:2: note: found a zero character; allowed: text without one"},
    {"mesh: m\nnote: &a b\ntitle: *a\n", NULL, "case.yaml:2: note: found the anchor &a; allowed: values written out"},
    {"mesh: m\ntitle: *a\n", NULL, "case.yaml:2: title: found the alias *a; allowed: values written out"},
    {"mesh: m\ncount: !!int 3\n", NULL,
     "case.yaml:2: count: found the tag tag:yaml.org,2002:int; allowed: values written out"},
    {"mesh: m\n? [a]\n: b\n", NULL, "case.yaml:2: found a list or block as a key; allowed: names"},
    {"mesh: m\n\"a\\nb\": 1\n", NULL,
     "case.yaml:2: \"a\\x0ab\": unknown key; Allowed here: title, mesh, note, extra, count, seed, time, stimuli, "
     "conductivity, apd, maybe, tags, fields, parameters, model, other, links, optional, level, probes"},
    {"mesh: m\n---\nmesh: n\n", NULL, "case.yaml:2: found a second YAML document; allowed: one"},
    {"mesh: m", "time.step", "--set time.step: found no \"=\"; allowed: key.path=value"},
    {"mesh: m", "tim.step=1",
     "--set tim.step=1: tim: unknown key; did you mean \"time\"? Allowed here: title, mesh, note, extra, count, seed, "
     "time, stimuli, conductivity, apd, maybe, tags, fields, parameters, model, other, links, optional, level, probes"},
    {"mesh: m", "time.step.x=1", "--set time.step.x=1: time.step: a single value, which has no keys of its own"},
    {"mesh: m", "stimuli[0].start=5", "--set stimuli[0].start=5: stimuli: no item 0; no item was given"},
    {"mesh: m\nstimuli: [{name: a}, {name: b}]", "stimuli[2].start=5",
     "--set stimuli[2].start=5: stimuli: no item 2; allowed: 0 to 1"},
    {"mesh: m\nstimuli: [{name: a}, {name: b}]", "stimuli.c.start=5",
     "--set stimuli.c.start=5: stimuli: no item named \"c\"; allowed: an index or \"a\" \"b\""},
    {"mesh: m\nstimuli: [{name: a}]", "stimuli[x].start=5",
     "--set stimuli[x].start=5: stimuli: found no index after this; allowed: key[0]"},
    {"mesh: m\ntags: [1]", "tags[1]=5", "--set tags[1]=5: tags: no item 1; allowed: 0 to 0"},
    {"mesh: m\ntags: [1]", "tags.a=5",
     "--set tags.a=5: tags: a list of values, which has no keys; allowed: an index as in key[0]"},
    {"mesh: m", "ti\nme=5", "--set ti me=5: found a control character; allowed: key.path=value"},
    {"mesh: m", "=5", "--set =5: found no key where one is due; allowed: key.path=value"},
    {"mesh: m", "time..step=5", "--set time..step=5: time: found no key where one is due; allowed: key.path=value"},
    {"mesh: m", "time[0]=5", "--set time[0]=5: time: found no \".\" or \"=\" after this; allowed: key.path=value"},
    {"mesh: m\ntime: 3", "time.step=5", "--set time.step=5: time: what is given here is not a block of keys"},
    {"mesh: m", "parameters.a.b=5", "--set parameters.a.b=5: parameters.a: a number, which has no keys of its own"},
    {"mesh: m", "tags=[1, 2",
     "--set tags=[1, 2: not valid YAML: did not find expected ',' or ']', while parsing a flow sequence"},
    {"mesh: m", "time={step: 1, step: 2}", "--set time={step: 1, step: 2}: time.step: given twice"},
};

START_TEST(errors_are_one_exact_line)
{
  struct root root, zero;
  struct hc_params *params;
  memset(&zero, 0, sizeof zero);
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    write_case(wrong[i].text);
    const PetscErrorCode code = read_case(wrong[i].set ? 1 : 0, &wrong[i].set, &root, &params);
    ck_assert_msg((int)code == HC_ERR_INPUT, "case %zu (%s) was accepted", i, wrong[i].message);
    ck_assert_str_eq(hc_error_message(), wrong[i].message);
    ck_assert_ptr_null(params);
    ck_assert_mem_eq(&root, &zero, sizeof root);
    hc_error_clear();
  }
}
END_TEST

START_TEST(files_that_cannot_be_read)
{
  struct root root;
  struct hc_params *params;
  ck_call_fails(hc_params_read(PETSC_COMM_WORLD, "none/x.yaml", 0, NULL, &root_block, &root, &params), HC_ERR_INPUT,
                "none/x.yaml: cannot be read: No such file or directory");
  ck_call_fails(hc_params_read(PETSC_COMM_WORLD, "/", 0, NULL, &root_block, &root, &params), HC_ERR_INPUT,
                "/: cannot be read: Is a directory");
  ck_call_fails(hc_params_read(PETSC_COMM_WORLD, "/dev/zero", 0, NULL, &root_block, &root, &params), HC_ERR_INPUT,
                "/dev/zero: found more than 16 MiB; allowed: a case file");
}
END_TEST

START_TEST(deep_nesting_is_refused)
{
  struct root root;
  struct hc_params *params;
  char text[256] = "mesh: m\ntags: ";
  memset(text + strlen(text), '[', 200);
  write_case(text);
  ck_call_fails(read_case(0, NULL, &root, &params), HC_ERR_INPUT, "nested too deeply; allowed: 32 levels");
}
END_TEST

START_TEST(nearest_names)
{
  const char *const names[] = {"step", "end", "tolerance", "conductivity", "x"};
  const struct {
    const char *name, *nearest;
  } pairs[] = {{"stepp", "step"},
               {"setp", "step"},
               {"Step", "step"},
               {"tolerence", "tolerance"},
               {"conductivty", "conductivity"},
               {"edn", "end"},
               {"y", NULL},
               {"banana", NULL},
               {"", NULL},
               {"everything", NULL}};
  char longest[200];
  for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
    const char *found = hc_params_nearest(pairs[i].name, 5, names);
    if (pairs[i].nearest)
      ck_assert_pstr_eq(found, pairs[i].nearest);
    else
      ck_assert_ptr_null(found);
  }
  memset(longest, 'a', sizeof longest - 1);
  longest[sizeof longest - 1] = '\0';
  ck_assert_ptr_null(hc_params_nearest(longest, 5, names));
}
END_TEST

static Suite *suite(void)
{
  Suite *s = suite_create("params");
  TCase *t = tcase_create("params");
  tcase_add_unchecked_fixture(t, enter_scratch, leave_scratch);
  tcase_add_test(t, fallbacks_are_taken);
  tcase_add_test(t, values_are_read);
  tcase_add_test(t, defaults_need_no_file);
  tcase_add_test(t, set_goes_over_the_file);
  tcase_add_test(t, names_and_maps_of_texts_are_read);
  tcase_add_test(t, set_may_make_blocks);
  tcase_add_test(t, places_are_known);
  tcase_add_test(t, errors_are_one_exact_line);
  tcase_add_test(t, files_that_cannot_be_read);
  tcase_add_test(t, deep_nesting_is_refused);
  tcase_add_test(t, nearest_names);
  suite_add_tcase(s, t);
  return s;
}

HC_CHECK_MAIN(suite)
