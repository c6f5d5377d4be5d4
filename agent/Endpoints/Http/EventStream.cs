using Microsoft.AspNetCore.Http;

namespace EdgeAgent.Endpoints.Http;

/// <summary>
/// One answer as server-sent events (WHATWG HTML, section 9.2). What waits together is flushed together. An error before the first piece is
/// an HTTP error; one behind it is an event with an <c>error</c>, and no <c>[DONE]</c> follows.
/// </summary>
internal sealed class EventStream(HttpContext context, HttpReplySink sink, ChatRequest chat)
{
    private readonly ChunkWriter _chunks = new(chat.IncludesUsage);
    private bool _hasBegun;

    public async Task WriteAsync()
    {
        while (await sink.Pieces.WaitToReadAsync().ConfigureAwait(false))
        {
            while (sink.Pieces.TryRead(out var piece))
                foreach (var chunk in _chunks.Piece(piece)) Event(chunk.Span);
            await context.Response.BodyWriter.FlushAsync(context.RequestAborted).ConfigureAwait(false);
        }
        var reply = await sink.Reply.ConfigureAwait(false);
        if (reply.Error is { } error && !_hasBegun)
        {
            await HttpErrors.WriteAsync(context, error, chat.RequestId).ConfigureAwait(false);
            return;
        }
        if (reply.Answer is { } answer)
        {
            foreach (var chunk in _chunks.End(answer, chat.RequestId)) Event(chunk.Span);
            Event("[DONE]"u8);
        }
        else
        {
            Event(HttpErrors.Body(reply.Error!, chat.RequestId).Span);
        }
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted).ConfigureAwait(false);
    }

    private void Event(ReadOnlySpan<byte> data)
    {
        if (!_hasBegun)
        {
            _hasBegun = true;
            context.Response.ContentType = "text/event-stream; charset=utf-8";
            context.Response.Headers["X-Accel-Buffering"] = "no"; // proxies that would wait for the end
        }
        var writer = context.Response.BodyWriter;
        Append(writer, "data: "u8);
        Append(writer, data);
        Append(writer, "\n\n"u8);
    }

    private static void Append(System.IO.Pipelines.PipeWriter writer, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(writer.GetSpan(bytes.Length));
        writer.Advance(bytes.Length);
    }
}
