using System.Text.Json;
using EdgeAgent.Inference.ChatTemplates;
using EdgeAgent.Inference.Decoders;
using EdgeAgent.Inference.Engine;
using EdgeAgent.Inference.Sampling;
using EdgeAgent.Inference.Structured;
using EdgeAgent.Serving;

namespace EdgeAgent.Cli;

/// <summary>One JSON object in, one out: what checks a bundle's tokens, logits and answers against another runtime.</summary>
internal static class ModelInstruments
{
    /// <summary>{"text"} -> {"ids"}; {"ids"} -> {"text"}; {"messages"} -> {"text","ids"} through the chat template.</summary>
    public static void Tokenize(Student student, JsonElement line, Utf8JsonWriter json)
    {
        if (line.TryGetProperty("messages", out _))
        {
            var (text, ids) = student.Prompt(Messages(line));
            json.WriteString("text", text);
            WriteIds(json, ids);
        }
        else if (line.TryGetProperty("ids", out _))
            json.WriteString("text", student.Tokenizer.Decode(Ids(line, student), keepSpecial: true));
        else WriteIds(json, student.Tokenizer.Encode(Text(line)));
    }

    /// <summary>{"text"|"ids","top","at"} -> {"ids","top":[[id,logit]],"at":[logit]} for the last position.</summary>
    public static void Logits(Student student, IDecoder decoder, JsonElement line, Utf8JsonWriter json)
    {
        var ids = Prompt(student, line);
        if (ids.Length == 0) throw new InstrumentException("invalid_request", "the prompt is empty");
        if (ids.Length > decoder.Context) throw new PromptTooLongException(ids.Length, decoder.Context);
        ReadOnlySpan<float> last = [];
        for (var start = 0; start < ids.Length; start += decoder.MaxChunk)
            last = decoder.Prefill(0, ids.AsSpan(start, Math.Min(decoder.MaxChunk, ids.Length - start)), start);
        var logits = last.ToArray();
        if (Array.FindIndex(logits, l => float.IsNaN(l) || float.IsPositiveInfinity(l)) is var bad and >= 0)
            throw new InstrumentException("unavailable", new LogitsException(bad, logits[bad]).Message);
        WriteIds(json, ids);
        var top = line.TryGetProperty("top", out var t) ? Math.Clamp(t.GetInt32(), 0, logits.Length) : 20;
        json.WriteStartArray("top");
        foreach (var id in Enumerable.Range(0, logits.Length).OrderByDescending(i => logits[i]).ThenBy(i => i).Take(top))
        {
            json.WriteStartArray();
            json.WriteNumberValue(id);
            json.WriteNumberValue(logits[id]);
            json.WriteEndArray();
        }
        json.WriteEndArray();
        if (!line.TryGetProperty("at", out var at)) return;
        json.WriteStartArray("at");
        foreach (var id in at.EnumerateArray().Select(a => a.GetInt32()))
            json.WriteNumberValue((uint)id < (uint)logits.Length
                ? logits[id] : throw new InstrumentException("invalid_request", $"token id {id} outside 0..{logits.Length - 1}"));
        json.WriteEndArray();
    }

    /// <summary>
    /// {"text"|"ids"|"messages","max_tokens","temperature","ignore_eos","think_tokens","response_format",...} ->
    /// {"ids","text","finish_reason"}.
    /// </summary>
    public static void Generate(Student student, JsonElement line, Utf8JsonWriter json)
    {
        var sampling = new SamplingOptions
        {
            MaxTokens = line.TryGetProperty("max_tokens", out var m) ? m.GetInt32() : 128,
            Temperature = line.TryGetProperty("temperature", out var t) ? t.GetSingle() : 0,
            TopK = line.TryGetProperty("top_k", out var k) ? k.GetInt32() : 0,
            TopP = line.TryGetProperty("top_p", out var p) ? p.GetSingle() : 1,
            Seed = line.TryGetProperty("seed", out var s) ? (ulong)s.GetInt64() : 0,
            IgnoreEos = line.TryGetProperty("ignore_eos", out var i) && i.GetBoolean(),
        };
        var (prompt, think) = !line.TryGetProperty("messages", out _) ? (Prompt(student, line), null)
            : line.TryGetProperty("think_tokens", out var limit)
            ? student.Prompt(Messages(line), limit.GetInt32()) : (student.Prompt(Messages(line)).Ids, null);
        if (prompt.Length == 0) throw new InstrumentException("invalid_request", "the prompt is empty");
        var (ids, text, finish) = Generate(student, new GenerationRequest(prompt, sampling)
        {
            Think = think,
            Constraint = Format(line) is { } format ? new TokenConstraint(student.Grammars.Get(format)) : null,
        });
        WriteIds(json, ids);
        json.WriteString("text", text);
        json.WriteString("finish_reason", finish);
    }

    /// <summary>Runs one request through the engine to its end.</summary>
    public static (int[] Ids, string Text, string Finish) Generate(Student student, GenerationRequest request)
    {
        var generation = student.Engine.Submit(request);
        var ids = new List<int>();
        var text = new System.Text.StringBuilder();
        while (generation.Events.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            while (generation.Events.TryRead(out var e))
            {
                if (e.Id >= 0) ids.Add(e.Id);
                text.Append(e.Text);
                if (e.Finish == FinishReason.Unspellable) throw new InstrumentException("invalid_request", e.Error!);
                if (e.Finish == FinishReason.Failed) throw new InstrumentException("unavailable", e.Error ?? "the step failed");
                if (e.Finish is { } finish) return ([.. ids], text.ToString(), finish == FinishReason.Length ? "length" : "stop");
            }
        }
        throw new InstrumentException("unavailable", "the engine stopped");
    }

    /// <summary>response_format, guided_regex or guided_choice, as queries have them.</summary>
    private static AnswerFormat? Format(JsonElement line)
    {
        if (line.TryGetProperty("guided_regex", out var pattern)) return new AnswerFormat(FormatKind.Regex, pattern.GetString()!);
        if (line.TryGetProperty("guided_choice", out var choice)) return new AnswerFormat(FormatKind.Choice, choice.GetRawText());
        if (!line.TryGetProperty("response_format", out var format)) return null;
        return format.GetProperty("type").GetString() switch
        {
            "text" => null,
            "json_object" => new AnswerFormat(FormatKind.JsonObject, ""),
            "json_schema" => new AnswerFormat(FormatKind.JsonSchema, format.GetProperty("json_schema").GetProperty("schema").GetRawText()),
            var other => throw new InstrumentException("invalid_request",
                $"response_format must be of type text, json_object or json_schema, found {other}"),
        };
    }

    private static int[] Prompt(Student student, JsonElement line) =>
        line.TryGetProperty("ids", out _) ? Ids(line, student) : student.Tokenizer.Encode(Text(line));

    private static string Text(JsonElement line) =>
        line.TryGetProperty("text", out var text) && text.ValueKind == JsonValueKind.String
            ? text.GetString()! : throw new InstrumentException("invalid_request", "text, ids or messages is missing");

    private static int[] Ids(JsonElement line, Student student)
    {
        var ids = line.GetProperty("ids").EnumerateArray().Select(i => i.GetInt32()).ToArray();
        foreach (var id in ids)
            if ((uint)id >= (uint)student.Vocabulary)
                throw new InstrumentException("invalid_request", $"token id {id} outside 0..{student.Vocabulary - 1}");
        return ids;
    }

    private static List<ChatTurn> Messages(JsonElement line) =>
        [.. line.GetProperty("messages").EnumerateArray()
            .Select(m => new ChatTurn(m.GetProperty("role").GetString()!, m.GetProperty("content").GetString()!))];

    private static void WriteIds(Utf8JsonWriter json, ReadOnlySpan<int> ids)
    {
        json.WriteStartArray("ids");
        foreach (var id in ids) json.WriteNumberValue(id);
        json.WriteEndArray();
    }
}
