using System.Text.Encodings.Web;
using System.Text.Json;
using EdgeAgent.Inference.ChatTemplates;
using EdgeAgent.Platform;

namespace EdgeAgent.Cli;

/// <summary>An input line that a tool cannot use.</summary>
internal sealed class InstrumentException(string code, string message) : Exception(message)
{
    public string Code { get; } = code;
}

/// <summary>
/// The protocol of the JSON-lines tools: one object per line on standard input, one per line on standard output, in order, each flushed.
/// A line that fails gives <c>{"error":{code,message}}</c>, and the next one is read.
/// </summary>
internal static class JsonLines
{
    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Run(TextReader input, TextWriter output, Action<JsonElement, Utf8JsonWriter> handle)
    {
        while (input.ReadLine() is { } line)
        {
            if (string.IsNullOrWhiteSpace(line)) continue;
            output.WriteLine(Answer(line, handle));
            output.Flush();
        }
    }

    private static string Answer(string line, Action<JsonElement, Utf8JsonWriter> handle)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw new InstrumentException("invalid_request", "a line must be a JSON object");
            return Write(json => handle(document.RootElement, json));
        }
        catch (InstrumentException e)
        {
            return Error(e.Code, e.Message);
        }
        catch (Exception e)
            when (e is JsonException or InvalidOperationException or FormatException or ArgumentException or TemplateException
                or ModelFileException)
        {
            return Error("invalid_request", e.Message);
        }
        catch (Inference.Engine.PromptTooLongException e)
        {
            return Error("too_long", e.Message);
        }
    }

    private static string Error(string code, string message) => Write(json =>
    {
        json.WriteStartObject("error");
        json.WriteString("code", code);
        json.WriteString("message", message);
        json.WriteEndObject();
    });

    private static string Write(Action<Utf8JsonWriter> body)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, Relaxed))
        {
            json.WriteStartObject();
            body(json);
            json.WriteEndObject();
        }
        return System.Text.Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }
}
