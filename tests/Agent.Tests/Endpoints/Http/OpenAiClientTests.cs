using System.ClientModel;
using System.Text.Json;
using EdgeAgent.Endpoints.Http;
using Microsoft.Extensions.AI;
using OpenAI;
using OpenAI.Chat;
using ChatFinishReason = Microsoft.Extensions.AI.ChatFinishReason;
using ChatMessage = Microsoft.Extensions.AI.ChatMessage;

namespace EdgeAgent.Tests.Endpoints.Http;

/// <summary>A whole agent with the bundled student, asked with OpenAI's client for .NET and Microsoft.Extensions.AI on top of it.</summary>
public sealed class OpenAiClientTests : IAsyncLifetime
{
    private const string Question = "Alarm SP-14, what should I do?";
    private static CancellationToken Token => TestContext.Current.CancellationToken;
    private AgentFixture _agent = null!;
    private OpenAIClient _client = null!;

    private string Model => _agent.Agent.Student.Manifest.Name;

    public async ValueTask InitializeAsync()
    {
        _agent = await AgentFixture.StartAsync(s => s with { Http = new HttpOptions { Listen = "127.0.0.1:0" } });
        _client = new OpenAIClient(new ApiKeyCredential("unused"), new OpenAIClientOptions
        {
            Endpoint = new Uri(_agent.Agent.Http!, "v1"),
            RetryPolicy = new System.ClientModel.Primitives.ClientRetryPolicy(0)
        });
    }

    public ValueTask DisposeAsync() => _agent.DisposeAsync();

    [Fact]
    public async Task ChatClient_WholeAndStreamed_GetTheSameAnswer()
    {
        using var chat = _client.GetChatClient(Model).AsIChatClient();
        var whole = await chat.GetResponseAsync(Question, cancellationToken: Token);
        Assert.Contains("SP-14", whole.Text, StringComparison.Ordinal);
        Assert.Equal(ChatFinishReason.Stop, whole.FinishReason);
        Assert.True(whole.Usage!.OutputTokenCount > 3);
        Assert.Equal(Model, whole.ModelId);
        var updates = new List<ChatResponseUpdate>();
        await foreach (var update in chat.GetStreamingResponseAsync(Question, cancellationToken: Token)) updates.Add(update);
        Assert.True(updates.Count > 5, $"{updates.Count} updates");
        var streamed = updates.ToChatResponse();
        Assert.Equal(whole.Text, streamed.Text);
        Assert.Equal(ChatFinishReason.Stop, streamed.FinishReason);
        // this client asks for the usage (stream_options)
        Assert.Equal(whole.Usage.OutputTokenCount, streamed.Usage!.OutputTokenCount);
    }

    [Fact]
    public async Task ChatClient_MaxTokensStopSeedTemperatureTopP_AreHeld()
    {
        using var chat = _client.GetChatClient(Model).AsIChatClient();
        var options = new ChatOptions { MaxOutputTokens = 5, Temperature = 0.9f, TopP = 0.9f, Seed = 7 };
        var first = await chat.GetResponseAsync(Question, options, Token);
        Assert.Equal(ChatFinishReason.Length, first.FinishReason);
        Assert.Equal(5, first.Usage!.OutputTokenCount);
        Assert.Equal(first.Text, (await chat.GetResponseAsync(Question, options, Token)).Text);
        var whole = (await chat.GetResponseAsync(Question, cancellationToken: Token)).Text;
        var stop = whole.Substring(whole.Length / 2, 3);
        var cut = await chat.GetResponseAsync(Question, new ChatOptions { StopSequences = [stop] }, Token);
        Assert.Equal(whole[..whole.IndexOf(stop, StringComparison.Ordinal)], cut.Text);
    }

    /// <summary>A conversation: the client sends what was said before.</summary>
    [Fact]
    public async Task ChatClient_SystemMessageAndEarlierTurns_AreTaken()
    {
        using var chat = _client.GetChatClient(Model).AsIChatClient();
        var response = await chat.GetResponseAsync([new ChatMessage(ChatRole.System, "Be short."), new ChatMessage(ChatRole.User, "Hi"),
            new ChatMessage(ChatRole.Assistant, "Hello."), new ChatMessage(ChatRole.User, Question)], cancellationToken: Token);
        Assert.NotEmpty(response.Text);
    }

    [Fact]
    public async Task ChatClient_JsonSchema_IsHeld()
    {
        using var chat = _client.GetChatClient(Model).AsIChatClient();
        var schema = JsonDocument.Parse(
            """{"type":"object","properties":{"code":{"enum":["SP-14","RB-12"]}},"required":["code"],"additionalProperties":false}""")
            .RootElement;
        var response = await chat.GetResponseAsync(Question, new ChatOptions
        {
            ResponseFormat = Microsoft.Extensions.AI.ChatResponseFormat.ForJsonSchema(schema, "alarm")
        }, Token);
        Assert.Contains(JsonDocument.Parse(response.Text).RootElement.GetProperty("code").GetString(), new[] { "SP-14", "RB-12" });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task OpenAiClient_Logprobs_ComeForEachToken(bool streams)
    {
        var chat = _client.GetChatClient(Model);
        var options = new ChatCompletionOptions { IncludeLogProbabilities = true, TopLogProbabilityCount = 2, MaxOutputTokenCount = 200 };
        var tokens = new List<ChatTokenLogProbabilityDetails>();
        var text = "";
        if (streams)
            await foreach (var update in chat.CompleteChatStreamingAsync([new UserChatMessage(Question)], options, Token))
            {
                tokens.AddRange(update.ContentTokenLogProbabilities);
                text += string.Concat(update.ContentUpdate.Select(c => c.Text));
            }
        else
        {
            ChatCompletion completion = await chat.CompleteChatAsync([new UserChatMessage(Question)], options, Token);
            tokens.AddRange(completion.ContentTokenLogProbabilities);
            text = completion.Content[0].Text;
        }
        Assert.Equal(text, string.Concat(tokens.Select(t => t.Token)));
        Assert.All(tokens, t => Assert.Equal(2, t.TopLogProbabilities.Count));
    }

    [Fact]
    public async Task OpenAiClient_Models_AreTheStudentThatServes()
    {
        var models = await _client.GetOpenAIModelClient().GetModelsAsync(Token);
        Assert.Equal([Model], models.Value.Select(m => m.Id));
        Assert.Equal(Model, (await _client.GetOpenAIModelClient().GetModelAsync(Model, Token)).Value.Id);
        var e = await Assert.ThrowsAsync<ClientResultException>(() => _client.GetOpenAIModelClient().GetModelAsync("gpt-4", Token));
        Assert.Equal(404, e.Status);
    }

    [Fact]
    public async Task OpenAiClient_WrongModel_HearsWhichOneServes()
    {
        var e = await Assert.ThrowsAsync<ClientResultException>(() => _client.GetChatClient("gpt-4")
            .CompleteChatAsync([new UserChatMessage(Question)], cancellationToken: Token));
        Assert.Equal(400, e.Status);
        Assert.Contains(Model, e.Message, StringComparison.Ordinal);
    }
}
