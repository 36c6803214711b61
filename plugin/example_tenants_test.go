package ginauth_test

import (
	"fmt"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
)

// account is the value that the Authenticator returns: a user of one tenant.
type account struct{ tenant, name string }

// One Auth serves many tenants. The tenant is part of the subject, so two users of one name
// are different users. It is also a claim, so a token works only on its own tenant's routes.
func ExampleConfig_tenants() {
	config := exampleConfig()
	config.JWT.Authenticator = func(c *gin.Context) (any, error) {
		name, _, err := ginauth.ReadCredentials(c) // look name up among the tenant's users
		return account{c.Param("tenant"), name}, err
	}
	config.JWT.PayloadFunc = func(data any) jwt.MapClaims {
		a := data.(account)
		return jwt.MapClaims{"identity": a.name, "tenant": a.tenant}
	}
	config.Subject = func(data any) string {
		a := data.(account)
		return a.tenant + "/" + a.name
	}
	config.JWT.Authorizator = func(_ any, c *gin.Context) bool {
		return jwt.ExtractClaims(c)["tenant"] == c.Param("tenant")
	}
	auth, r := exampleEngine(config)
	r.POST("/t/:tenant/login", auth.LoginHandler)
	r.GET("/t/:tenant/orders", auth.MiddlewareFunc(), func(c *gin.Context) {
		access, _ := ginauth.AccessFrom(c)
		c.JSON(200, gin.H{"orders_of": access.Subject})
	})

	_, tokens := serve(r, "POST", "/t/acme/login", "", `{"username":"ada","password":"x"}`)
	fmt.Println(serve(r, "GET", "/t/acme/orders", tokens["access_token"], ""))
	status, refusal := serve(r, "GET", "/t/globex/orders", tokens["access_token"], "")
	fmt.Println(status, refusal["error"])
	// Output:
	// 200 map[orders_of:acme/ada]
	// 403 forbidden
}

// Tenants with their own keys have one Auth each, selected by the host.
func ExampleNew_perTenant() {
	routers := make(map[string]*gin.Engine)
	for host, key := range map[string]string{
		"acme.example":   "the key of acme, at least 32 random bytes",
		"globex.example": "the key of globex, at least 32 random bytes",
	} {
		config := exampleConfig() // a store for each: redisstore.Options.Prefix keeps them apart
		config.JWT.Key = []byte(key)
		config.Issuer = "https://" + host
		auth, r := exampleEngine(config)
		r.GET("/orders", auth.MiddlewareFunc(), func(c *gin.Context) { c.JSON(200, gin.H{"error": "none"}) })
		routers[host] = r
	}

	_, tokens := serve(routers["acme.example"], "POST", "/login", "", `{"username":"ada","password":"x"}`)
	for _, host := range []string{"acme.example", "globex.example"} {
		status, reply := serve(routers[host], "GET", "/orders", tokens["access_token"], "")
		fmt.Println(host, status, reply["error"])
	}
	// Output:
	// acme.example 200 none
	// globex.example 401 token_invalid
}
