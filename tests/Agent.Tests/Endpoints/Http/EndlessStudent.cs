using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace EdgeAgent.Tests.Endpoints.Http;

/// <summary>Says long pieces to its first asker until it is cancelled, and "one" to the others.</summary>
internal sealed class EndlessStudent : IChatClient
{
    private static readonly string Piece = string.Concat(Enumerable.Repeat("word ", 4000));
    private int _calls;

    public bool IsCancelled { get; private set; }

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages,
        ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        if (Interlocked.Increment(ref _calls) > 1)
        {
            yield return new ChatResponseUpdate(ChatRole.Assistant, "one") { FinishReason = ChatFinishReason.Stop };
            yield break;
        }
        while (true)
        {
            await Task.Yield();
            if (cancellationToken.IsCancellationRequested)
            {
                IsCancelled = true;
                cancellationToken.ThrowIfCancellationRequested();
            }
            yield return new ChatResponseUpdate(ChatRole.Assistant, Piece);
        }
    }

    public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null,
        CancellationToken cancellationToken = default) => throw new NotSupportedException("queries stream");

    public object? GetService(Type serviceType, object? serviceKey = null) => null;

    public void Dispose()
    {
    }
}
