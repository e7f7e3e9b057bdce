#include "demo/demo.h"

#include <stdio.h>
#include <unistd.h>

#include "base/units.h"
#include "demo/party.h"
#include "system/file.h"

/* -- The client's files -- */

static prom_result write_payload(const prom_demo *demo, char path[PATH_MAX], const char *name, prom_span bytes,
                                 prom_error *error)
{
    (void)snprintf(path, PATH_MAX, "%.4000s/%s", demo->cast.parties[PROM_PARTY_C].folder, name);
    return prom_file_write(path, bytes, error);
}

static prom_result write_parties(prom_demo *demo, const char *result, prom_error *error)
{
    const prom_demo_story *story = demo->play.story;
    char program[PATH_MAX];
    char input[PATH_MAX];
    PROM_TRY(write_payload(demo, program, "program", demo->job.bytes.program, error));
    PROM_TRY(write_payload(demo, input, "input", demo->job.bytes.input, error));
    const prom_demo_wish wish = {&demo->job.named, program, input, result};
    for (size_t i = 0; i < PROM_DEMO_PARTIES; i++) {
        const prom_falsification falsify = i == PROM_PARTY_W   ? story->worker
                                           : i == PROM_PARTY_V ? story->verifier
                                                               : PROM_FALSIFY_NOTHING;
        if (prom_demo_is_there(&demo->cast, i)) {
            PROM_TRY(prom_demo_party_write(&demo->cast, i, falsify, i == PROM_PARTY_C ? &wish : NULL, error));
        }
    }
    return prom_ok();
}

static prom_result save_result(prom_demo *demo, const char *result, prom_error *error)
{
    prom_span output;
    demo->has_result = access(result, R_OK) == 0;
    demo->accuracy = -1;
    if (!demo->has_result) {
        return prom_ok();
    }
    PROM_TRY(prom_file_load(&demo->arena, &output, result, PROM_PAYLOAD_MAX, error));
    return prom_demo_job_save(&demo->arena, &demo->accuracy, &demo->job, output, demo->output_path, error);
}

prom_result prom_demo_story_run(prom_demo *demo, prom_error *error)
{
    char result[PATH_MAX];
    (void)snprintf(result, sizeof result, "%.4000s/result", demo->cast.parties[PROM_PARTY_C].folder);
    demo->play.cast = &demo->cast;
    demo->play.show = &demo->show;
    demo->play.height = demo->cast.height;
    PROM_TRY(write_parties(demo, result, error));
    const prom_result played = prom_demo_play_story(&demo->play, error);
    prom_demo_play_end(&demo->play);
    PROM_TRY(played);
    prom_demo_show_phase(&demo->show, PROM_DEMO_PLAY, -1, "%s", demo->play.story->summary);
    return save_result(demo, result, error);
}

prom_result prom_demo_market_run(prom_demo *demo, prom_error *error)
{
    char result[PATH_MAX];
    char contracts[PROM_UNITS];
    PROM_TRY(prom_demo_market_play(&demo->market, &demo->job, result, error));
    prom_demo_show_phase(&demo->show, PROM_DEMO_PLAY, -1, "%s, %s",
                         prom_units_count(contracts, demo->market.contract_count, "contract"),
                         demo->play.story->summary);
    return save_result(demo, result, error);
}

/* -- What is told of both -- */

void prom_demo_print(const prom_demo *demo)
{
    if (demo->play.story->market) {
        prom_demo_market_print(&demo->market);
    } else {
        prom_demo_story_print(demo);
    }
    if (demo->has_result) {
        (void)printf("\n  result     %s\n", demo->output_path);
        prom_demo_module_print(&demo->job, demo->play.story->market ? &demo->market.P : &demo->cast.P);
    }
    if (demo->accuracy >= 0) {
        (void)printf("  accuracy   %.2f %% of %zu items, as integers; %.2f %% as the float model\n",
                     100 * demo->accuracy, demo->job.items, 100 * demo->job.float_accuracy);
    }
}

static json_t *json_seconds(const prom_demo *demo)
{
    json_t *object = json_object();
    double total = 0;
    for (size_t i = 0; i < PROM_DEMO_PHASES; i++) {
        (void)json_object_set_new(object, prom_demo_phase_name((prom_demo_phase)i),
                                  json_real(prom_units_measured(demo->show.seconds[i])));
        total += demo->show.seconds[i];
    }
    (void)json_object_set_new(object, "total", json_real(prom_units_measured(total)));
    return object;
}

static json_t *json_share(double share)
{
    return share >= 0 ? json_real(share) : json_null();
}

static json_t *json_warnings(const prom_demo_job *job)
{
    json_t *list = json_array();
    for (size_t i = 0; i < job->warnings.count; i++) {
        (void)json_array_append_new(list, json_string(job->warnings.sentences[i]));
    }
    return list;
}

json_t *prom_demo_json(const prom_demo *demo)
{
    char program[PROM_HEX32];
    const bool market = demo->play.story->market;
    json_auto_t *played = market ? prom_demo_market_json(&demo->market) : prom_demo_story_json(demo);
    json_t *object = json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:{s:s, s:s}, s:s, s:I, s:I, s:I, s:s, s:o, s:o}", //
                               "story", demo->play.story->name,                                                   //
                               "proof", demo->scheme->name,                                                       //
                               "accuracy", json_share(demo->has_result ? demo->accuracy : -1),                    //
                               "accuracy_float", json_share(demo->job.float_accuracy),                            //
                               "seconds", json_seconds(demo),                                                     //
                               "output", demo->has_result ? json_string(demo->output_path) : json_null(),         //
                               "rpc", "url", demo->devnet->url, "cookie", demo->devnet->cookie_file,              //
                               "program", prom_hex32(program, &demo->job.named.program_digest),                   //
                               "items", (json_int_t)demo->job.items,                                              //
                               "clamped", (json_int_t)demo->job.clamped,                                          //
                               "height", (json_int_t)(market ? demo->market.height : demo->play.height),          //
                               "log", demo->show.log_path,                                                        //
                               "warnings", json_warnings(&demo->job),                                             //
                               "module", prom_demo_module_json(&demo->job));
    if (object == NULL || played == NULL || json_object_update(object, played) != 0) {
        json_decref(object);
        return NULL;
    }
    return object;
}
